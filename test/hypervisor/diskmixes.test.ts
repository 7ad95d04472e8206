/** The disk beside a simulation of the same requests, for mixes that nobody chose. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { type ModelReads, modelDisk, simpleDisk } from "../../validate/disk-model.ts";
import { type DiskResult, simulateDisk } from "../../validate/reference/disk-events.ts";
import { eventsOf } from "../../validate/rows/disk-events.ts";
import type { DiskMix } from "../../validate/rows/disk-mixes.ts";

const MIXES = 40;
const SEED = 20_021;

const anyDevice: fc.Arbitrary<DiskConfig> = fc.oneof(
  // The simulation's channels share nothing.
  fc.constantFrom(...Object.values(DISK_PRESETS)).map((preset) => ({ ...preset, service: { ...preset.service, transferNs: 0 } })),
  fc
    .record({
      channels: fc.constantFrom(1, 2, 4, 8, 16),
      variation: fc.constantFrom(0.1, 0.2, 0.5, 1),
      clustered: fc.constantFrom(0.3, 1, 3),
      write: fc.constantFrom(0.5, 1, 4),
      queueing: fc.constantFrom("shared" as const, "banks" as const),
      stripes: fc.constantFrom(1, 1, 4),
    })
    .map(({ channels, variation, clustered, write, queueing, stripes }) => {
      const { service, ...rest } = simpleDisk(channels, 1e6, variation);
      const times = { ...service, clusteredReadNs: clustered * 1e6, transferNs: 0, clusteredWriteNs: write * 1e6 };
      const banks = queueing === "banks" && channels > 1;
      return { ...rest, service: times, queueing: banks ? ("banks" as const) : ("shared" as const), stripes: banks ? stripes : 1 };
    }),
);

/** VMs and writes that would together use 10 to 95 % of the device if nobody waited. */
const anyMix: fc.Arbitrary<DiskMix> = fc
  .record({
    config: anyDevice,
    load: fc.double({ min: 0.1, max: 0.95, noNaN: true }),
    writes: fc.constantFrom(0, 0, 0.2, 0.4),
    vms: fc.array(fc.record({ threads: fc.integer({ min: 1, max: 24 }), clustered: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ config, load, writes, vms }) => {
    const { channels, service } = config;
    const each = (load * (1 - writes) * channels) / vms.length;
    const populations = vms.map(({ threads, clustered }) => {
      const serviceNs = clustered ? service.clusteredReadNs : service.randomReadNs;
      return { threads, clustered, thinkNs: Math.max(0, (threads * serviceNs) / each - serviceNs) };
    });
    return { name: "random", config, populations, writesPerS: (load * writes * channels * 1e9) / service.clusteredWriteNs };
  });

interface Compared {
  readonly utilisation: number;
  readonly mean: number;
  readonly p99: number;
  readonly striped: boolean;
}

function compared(mix: DiskMix): Compared[] {
  const events: DiskResult = simulateDisk(eventsOf(mix));
  const ours = modelDisk(mix.config, mix.populations, mix.writesPerS * mix.config.pagesPerClusteredWrite);
  return events.populations.map(({ meanNs, p99Ns }, i) => {
    const reads = ours.reads[i] as ModelReads;
    return {
      utilisation: Math.abs(ours.utilisation - events.utilisation),
      mean: Math.abs(reads.responseNs / meanNs - 1),
      p99: Math.abs(reads.quantileNs(0.99) / p99Ns - 1),
      striped: (mix.config.stripes ?? 1) > 1,
    };
  });
}

describe("random mixes of VMs, reads and writes on random devices", () => {
  it("have the simulation's mean within 3 % and p99 within 10 %, nine streams in ten, and none is far off", { timeout: 240_000 }, () => {
    const streams = fc.sample(anyMix, { numRuns: MIXES, seed: SEED }).flatMap(compared);
    const share = (of: (stream: Compared) => boolean) => streams.filter(of).length / streams.length;
    expect(share(({ mean }) => mean <= 0.03)).toBeGreaterThanOrEqual(0.9);
    // An operation's waits at its banks are taken as independent, which those behind long writes are not: its tail is less sure.
    const whole = streams.filter(({ striped }) => !striped);
    expect(whole.filter(({ p99 }) => p99 <= 0.1).length / whole.length).toBeGreaterThanOrEqual(0.9);
    expect(Math.max(...streams.map(({ mean }) => mean))).toBeLessThan(0.15);
    expect(Math.max(...streams.map(({ p99 }) => p99))).toBeLessThan(0.35);
    expect(Math.max(...streams.map(({ utilisation }) => utilisation))).toBeLessThan(0.03);
  });
});

describe("many VMs", () => {
  it("of like think times wait as one population of as many threads", () => {
    const config = simpleDisk(4, 1e6, 0.5);
    const one = modelDisk(config, [{ threads: 2_000, thinkNs: 600e6, clustered: false }], 0).reads[0] as ModelReads;
    const vms = Array.from({ length: 1_000 }, (_, i) => ({ threads: 2, thinkNs: (600 + (i % 7) - 3) * 1e6, clustered: false }));
    const many = modelDisk(config, vms, 0);
    for (const vm of [0, 500, 999]) {
      expect(Math.abs((many.reads[vm] as ModelReads).responseNs / one.responseNs - 1)).toBeLessThan(0.005);
    }
  });

  it("of very unlike ones do not cost a class each, and keep the law of the throughput", () => {
    const vms = Array.from({ length: 500 }, (_, i) => ({ threads: 1 + (i % 4), thinkNs: (1 + i) * 4e6, clustered: i % 3 === 0 }));
    const disk = modelDisk(simpleDisk(8, 1e6, 0.3), vms, 100);
    for (const [i, { threads, thinkNs }] of vms.entries()) {
      const { perS, responseNs } = disk.reads[i] as ModelReads;
      expect((perS * (thinkNs + responseNs)) / 1e9 / threads).toBeCloseTo(1, 9);
    }
    expect(disk.utilisation).toBeLessThanOrEqual(1);
  });
});
