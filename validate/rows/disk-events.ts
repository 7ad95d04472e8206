/** The disk beside a simulation of the same requests, one by one (docs/model.md section 6: mean within 3 %, p99 within 10 %). */
import { type ModelReads, modelDisk } from "../disk-model.ts";
import type { Plot } from "../plot.ts";
import { type DiskRun, simulateDisk } from "../reference/disk-events.ts";
import { absolute, type Row, relative } from "../row.ts";
import { DISK_MIXES, type DiskMix } from "./disk-mixes.ts";

export const MEAN_TOLERANCE = 0.03;
export const P99_TOLERANCE = 0.1;

/** The same requests, one by one: every VM's reads, and the writes as clustered operations of one flow. */
export function eventsOf({ config, populations, writesPerS }: DiskMix): DiskRun {
  const { channels, variation, stripes, service, queueing: line = "shared" } = config;
  const flows = writesPerS > 0 ? [{ perS: writesPerS, serviceNs: service.clusteredWriteNs }] : [];
  return {
    channels,
    variation,
    queueing: line,
    ...(stripes === undefined ? {} : { stripes }),
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

export function mixRows(mix: DiskMix): Row[] {
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

/** How the whole distribution of response times compares, for a busy disk of two channels. */
export function tailPlot(): Plot {
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
