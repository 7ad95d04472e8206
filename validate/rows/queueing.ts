/** The disk: closed forms, an event-by-event simulation of the same requests, measured devices (validation.md section 2). */
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { type ModelReads, modelDisk, simpleDisk } from "../disk-model.ts";
import { jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import type { Plot } from "../plot.ts";
import { type DiskRun, simulateDisk } from "../reference/disk-events.ts";
import { absolute, type Row, relative } from "../row.ts";
import { DISK_MIXES, type DiskMix } from "./disk-mixes.ts";

const MEAN_TOLERANCE = 0.03;
const P99_TOLERANCE = 0.1;
/** Closed forms are to come out to the digits of their tables. */
const EXACT_TOLERANCE = 0.001;

export const queueing: Group = { name: "queueing", title: "2. Queueing", run };

function run(options: GroupOptions): GroupResult {
  const rows: Row[] = [...openRows(), ...closedRows(), ...deviceRows(), ...hddRows()];
  for (const mix of DISK_MIXES) {
    options.progress(`  disk request by request: ${mix.name}`);
    rows.push(...mixRows(mix));
  }
  const notes = [
    "The host's disk model beside closed forms, measured devices, and a simulation of the same requests one by one. Rows `events/…` are the mean " +
      "and 99th percentile of the response time of one VM's reads, and its throughput.",
  ];
  return { rows, plots: [closedPlot(), tailPlot()], notes };
}

function openRows(): Row[] {
  const { utilisation, channels } = jsonFixture<{ utilisation: readonly number[]; channels: Readonly<Record<string, readonly number[]>> }>(
    "queueing/open.json",
  );
  const serviceNs = 1e6;
  return Object.entries(channels).flatMap(([count, stretches]) =>
    utilisation.map((load, i) => {
      const disk = modelDisk(simpleDisk(Number(count), serviceNs, 1), [], (load * Number(count) * 1e9) / serviceNs);
      const id = `queueing/open/c${count}-at-${load}`;
      const reference = stretches[i] as number;
      return relative({
        id,
        reference,
        ours: 1 + disk.writeWaitNs / serviceNs,
        tolerance: EXACT_TOLERANCE,
        unit: "R/S",
        source: "Erlang C",
      });
    }),
  );
}

interface ClosedTable {
  readonly thinkMs: number;
  readonly serviceMs: number;
  readonly responseMs: readonly number[];
}

function closedRows(): Row[] {
  const { responseMs } = jsonFixture<ClosedTable>("queueing/closed.json");
  return responseMs.map((reference, i) => {
    const ours = closedResponseMs(i + 1);
    const id = `queueing/closed/n${i + 1}`;
    return relative({ id, reference, ours, tolerance: EXACT_TOLERANCE, unit: "ms", source: "machine repairman" });
  });
}

/** The model's response time for n customers of the table's kind. */
function closedResponseMs(n: number): number {
  const { thinkMs, serviceMs } = jsonFixture<ClosedTable>("queueing/closed.json");
  const disk = modelDisk(simpleDisk(1, serviceMs * 1e6, 1), [{ threads: n, thinkNs: thinkMs * 1e6, clustered: false }], 0);
  return (disk.reads[0] as ModelReads).responseNs / 1e6;
}

interface Device {
  readonly name: string;
  readonly preset?: keyof typeof DISK_PRESETS;
  readonly channels?: number;
  readonly depth1: Readonly<Record<string, number>>;
  readonly depth16: Readonly<Record<string, number>>;
}

/** A device without a preset is its mean at depth 1 and its banks. */
function configOf({ preset, channels = 1, depth1 }: Device): DiskConfig {
  if (preset !== undefined) return DISK_PRESETS[preset];
  return { ...simpleDisk(channels, (depth1.mean as number) * 1_000, 0.1), queueing: "banks" };
}

function deviceRows(): Row[] {
  const { devices } = jsonFixture<{ devices: readonly Device[] }>("queueing/devices.json");
  const source = "published measurements, 4 KiB random reads";
  return devices.flatMap((device) =>
    ([1, 16] as const).flatMap((depth) => {
      const disk = modelDisk(configOf(device), [{ threads: depth, thinkNs: 0, clustered: false }], 0);
      const reads = disk.reads[0] as ModelReads;
      const published = depth === 1 ? device.depth1 : device.depth16;
      const row = (what: string, ours: number, tolerance: number) =>
        relative({
          id: `queueing/device/${device.name}/depth${depth}/${what}`,
          reference: published[what] as number,
          ours,
          tolerance,
          unit: "us",
          source,
        });
      return [
        row("mean", reads.responseNs / 1_000, MEAN_TOLERANCE),
        row("p50", reads.quantileNs(0.5) / 1_000, P99_TOLERANCE),
        row("p99", reads.quantileNs(0.99) / 1_000, P99_TOLERANCE),
      ];
    }),
  );
}

function hddRows(): Row[] {
  const { hdd } = jsonFixture<{ hdd: { clusteredFaultMs: number; randomFaultMs: number } }>("queueing/devices.json");
  const source = "VSwapper (ASPLOS 2014), derived";
  const response = (clustered: boolean) => {
    const disk = modelDisk(DISK_PRESETS["hdd-7200"], [{ threads: 1, thinkNs: 0, clustered }], 0);
    return (disk.reads[0] as ModelReads).responseNs / 1e6;
  };
  const base = { tolerance: 0.01, unit: "ms", source };
  return [
    absolute({ ...base, id: "queueing/device/hdd-7200/swap-fault-readahead", reference: hdd.clusteredFaultMs, ours: response(true) }),
    absolute({
      ...base,
      id: "queueing/device/hdd-7200/swap-fault-random",
      reference: hdd.randomFaultMs,
      ours: response(false),
      tolerance: 0.1,
    }),
  ];
}

/** The same requests, one by one: every VM's reads, and the writes as clustered operations of one flow. */
function eventsOf({ config, populations, writesPerS }: DiskMix): DiskRun {
  const { channels, variation, service, queueing: line = "shared" } = config;
  const flows = writesPerS > 0 ? [{ perS: writesPerS, serviceNs: service.clusteredWriteNs }] : [];
  return {
    channels,
    variation,
    queueing: line,
    flows,
    requests: 400_000,
    seed: 1,
    populations: populations.map(({ threads, thinkNs, clustered }) => ({
      threads,
      thinkNs,
      serviceNs: clustered ? service.clusteredReadNs : service.randomReadNs,
    })),
  };
}

function mixRows(mix: DiskMix): Row[] {
  const events = simulateDisk(eventsOf(mix));
  const disk = modelDisk(mix.config, mix.populations, mix.writesPerS * mix.config.pagesPerClusteredWrite);
  const source = "event-by-event simulation of the same requests";
  const id = (what: string) => `queueing/events/${mix.name}/${what}`;
  const utilisation = absolute({
    id: id("utilisation"),
    reference: events.utilisation,
    ours: disk.utilisation,
    tolerance: 0.03,
    unit: "",
    source,
  });
  const ofVms = events.populations.flatMap((seen, i) => {
    const ours = disk.reads[i] as ModelReads;
    const row = (what: string, reference: number, value: number, tolerance: number, unit: string) =>
      relative({ id: id(`vm${i}/${what}`), reference, ours: value, tolerance, unit, source });
    return [
      row("mean", seen.meanNs / 1e6, ours.responseNs / 1e6, MEAN_TOLERANCE, "ms"),
      row("p99", seen.p99Ns / 1e6, ours.quantileNs(0.99) / 1e6, P99_TOLERANCE, "ms"),
      row("throughput", seen.perS, ours.perS, MEAN_TOLERANCE, "/s"),
    ];
  });
  return [utilisation, ...ofVms];
}

function closedPlot(): Plot {
  const { responseMs } = jsonFixture<ClosedTable>("queueing/closed.json");
  return {
    name: "queueing-closed",
    title: "One disk, think 5 ms, service 0.794 ms",
    x: "threads",
    y: "response, ms",
    series: [
      { label: "machine repairman", points: responseMs.map((ms, i) => [i + 1, ms] as const), reference: true, colour: 0 },
      { label: "model", points: responseMs.map((_, i) => [i + 1, closedResponseMs(i + 1)] as const), reference: false, colour: 1 },
    ],
  };
}

/** How the whole distribution of response times compares, for a busy disk of two channels. */
function tailPlot(): Plot {
  const [mix] = DISK_MIXES;
  const events = simulateDisk(eventsOf(mix));
  const reads = modelDisk(mix.config, mix.populations, 0).reads[0] as ModelReads;
  const seen = events.populations[0] as { p50Ns: number; p99Ns: number };
  const shares = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
  return {
    name: "queueing-distribution",
    title: `Response times, ${mix.name}`,
    x: "quantile",
    y: "response, ms",
    series: [
      {
        label: "request by request",
        points: [
          [0.5, seen.p50Ns / 1e6],
          [0.99, seen.p99Ns / 1e6],
        ],
        reference: true,
        colour: 0,
      },
      { label: "model", points: shares.map((q) => [q, reads.quantileNs(q) / 1e6] as const), reference: false, colour: 1 },
    ],
  };
}
