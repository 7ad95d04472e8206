/** The disk: closed forms, an event-by-event simulation of the same requests, measured devices (docs/validation.md). */
import { type ModelReads, modelDisk, simpleDisk } from "../disk-model.ts";
import { jsonFixture } from "../fixtures.ts";
import type { Group, GroupOptions, GroupResult } from "../group.ts";
import type { Plot } from "../plot.ts";
import { type Row, relative } from "../row.ts";
import { deviceRows, hddRows } from "./devices.ts";
import { mixRows, tailPlot } from "./disk-events.ts";
import { DISK_MIXES } from "./disk-mixes.ts";

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
    "The host's disk model beside closed forms, measured devices, and a simulation of the same requests one by one. " +
      "Rows `events/...` are the mean and 99th percentile of the response time of one VM's reads, and its throughput.",
  ];
  return { rows, plots: [closedPlot(), tailPlot()], notes };
}

interface OpenTable {
  readonly utilisation: readonly number[];
  /** R/S by number of channels, one for each utilisation. */
  readonly channels: Readonly<Record<string, readonly number[]>>;
}

function openRows(): Row[] {
  const { utilisation, channels } = jsonFixture<OpenTable>("queueing/open.json");
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
