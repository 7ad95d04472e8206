/** The disk's solution against closed forms and against an event-by-event simulation of the same requests. */
import { describe, expect, it } from "vitest";
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { Disk } from "../../services/hypervisor/disk.ts";
import { Station } from "../../services/hypervisor/station.ts";
import { type SimCase, type SimClass, simulate } from "./disksim.ts";
import { demandOf } from "./world.ts";

const MS = 1_000_000;

function device(change: Partial<DiskConfig>, serviceNs = MS, writeNs = MS): DiskConfig {
  const service = { randomReadNs: serviceNs, clusteredReadNs: serviceNs, transferNs: 0, clusteredWriteNs: writeNs };
  return { channels: 1, service, variation: 1, pagesPerClusteredWrite: 1, ...change };
}

/** Response time of the first of `vms` readers with one thread each. */
function responseNs(config: DiskConfig, vms: number, thinkNs: number): number {
  const disk = new Disk(config, vms);
  disk.begin();
  for (let vm = 0; vm < vms; vm++) disk.addReads(demandOf(1, 1, { threads: 1, thinkNs, swapReadShare: 1 }));
  disk.solve();
  return disk.serviceNs(0) + disk.readerWaitNs(0);
}

/** Mean wait of an open flow of this load, in channels. */
function writeWaitNs(config: DiskConfig, load: number): number {
  const disk = new Disk(config, 1);
  disk.begin();
  disk.addWrites((load * 1e9) / config.service.clusteredWriteNs);
  disk.solve();
  return disk.writeWaitNs;
}

describe("closed forms", () => {
  it.each([
    [1, [2, 5, 10, 20]],
    [2, [1.3333, 2.7778, 5.2632, 10.2564]],
    [4, [1.087, 1.7455, 2.9694, 5.4571]],
    [8, [1.0148, 1.286, 1.8769, 3.1104]],
    [16, [1.0011, 1.0953, 1.3696, 1.9752]],
  ])("M/M/%i beside an open flow", (channels, expected) => {
    const station = new Station(channels, "shared");
    for (const [i, load] of [0.5, 0.8, 0.9, 0.95].entries()) {
      const waitNs = station.waitNs({ serviceNs: 1000, others: 0, thinkNs: 0, openRate: (load * channels) / 1000 });
      expect(1 + waitNs / 1000).toBeCloseTo(expected[i] as number, 4);
      expect(1 + writeWaitNs(device({ channels }), load * channels) / MS).toBeCloseTo(expected[i] as number, 4);
    }
  });

  it("M/M/c in the limit of many customers", () => {
    const customers = 200_000;
    const load = { serviceNs: 1000, others: customers - 1, thinkNs: (customers * 1000) / 3.2, openRate: 0 };
    expect(1 + new Station(4, "shared").waitNs(load) / 1000).toBeCloseTo(1.7455, 2);
  });

  it("the machine repairman, within 0.01 %", () => {
    const expected = [0.794, 0.9028, 1.0369, 1.2031, 1.41, 1.6673, 1.9853, 2.3737, 2.8388, 3.3819];
    for (const [i, ms] of expected.entries()) {
      const ours = responseNs(device({}, 794_000), i + 1, 5 * MS) / MS;
      expect(Math.abs(ours / ms - 1)).toBeLessThan(1e-4);
    }
  });

  it("a saturated device: everyone waits for everyone", () => {
    expect(responseNs(device({ channels: 4 }), 400, 10 * MS) / MS).toBeCloseTo(90, 3);
    expect(responseNs(device({ channels: 4, variation: 0 }), 400, 10 * MS) / MS).toBeCloseTo(90, 3);
  });

  it.each([0, 0.2, 0.5, 1.5])("M/G/1 with a coefficient of variation of %d: Pollaczek and Khinchin", (variation) => {
    for (const load of [0.1, 0.5, 0.8, 0.9]) {
      const expected = (load * (1 + variation * variation)) / 2 / (1 - load);
      expect(Math.abs((1 + writeWaitNs(device({ variation }), load) / MS) / (1 + expected) - 1)).toBeLessThan(0.01);
    }
  });
});

describe("presets", () => {
  it.each([
    ["optane", 8.9, 25.5],
    ["nvme", 77.9, 93.9],
  ] as const)("%s: measured random reads at queue depths 1 and 16", (name, one, sixteen) => {
    const config: DiskConfig = DISK_PRESETS[name];
    expect(responseNs(config, 1, 0) / 1000).toBeCloseTo(one, 3);
    expect(Math.abs(responseNs(config, 16, 0) / 1000 / sixteen - 1)).toBeLessThan(0.03);
  });

  it("hdd-7200: a swap fault with read-ahead, and one without", () => {
    const disk = new Disk(DISK_PRESETS["hdd-7200"], 2);
    disk.begin();
    disk.addReads(demandOf(1, 1, { threads: 1, thinkNs: MS, swapReadShare: 1, pagesPerSwapRead: 8 }));
    disk.addReads(demandOf(1, 1, { threads: 1, thinkNs: MS, swapReadShare: 1, pagesPerSwapRead: 1 }));
    disk.solve();
    expect([disk.serviceNs(0), disk.serviceNs(1)]).toEqual([794_000, 12_700_000]);
  });

  it("a longer cluster takes its transfer longer, a shorter one less", () => {
    const disk = new Disk(DISK_PRESETS["hdd-7200"], 3);
    disk.begin();
    const demand = { threads: 1, thinkNs: 1_000 * MS, hostSwapReadShare: 0 };
    const swap = disk.addReads(demandOf(1, 1, { ...demand, swapReadShare: 1, pagesPerSwapRead: 4 }));
    const file = disk.addReads(demandOf(1, 1, { ...demand, fileReadShare: 1, pagesPerFileRead: 32 }));
    const both = disk.addReads(
      demandOf(1, 1, { ...demand, swapReadShare: 0.5, fileReadShare: 0.5, pagesPerSwapRead: 4, pagesPerFileRead: 32 }),
    );
    disk.solve();
    expect(disk.serviceNs(swap)).toBe(794_000 - 4 * 27_307);
    expect(disk.serviceNs(file)).toBe(794_000 + 24 * 27_307);
    expect(disk.serviceNs(both)).toBe(794_000 + 10 * 27_307);
  });

  it.each([
    ["hdd-7200", 150],
    ["sata-ssd", 550],
    ["nvme", 2_800],
    ["optane", 2_400],
  ] as const)("%s: however many read in a row, they get the bandwidth and no more", (name, mbPerS) => {
    const readers = [1, 4, 16, 64, 256];
    const read = readers.map((threads) => {
      const disk = new Disk(DISK_PRESETS[name], 2);
      disk.begin();
      const reads = [8, 1024].map((pagesPerFileRead) =>
        disk.addReads(demandOf(1, 1, { threads, thinkNs: 1_000, fileReadShare: 1, pagesPerFileRead })),
      );
      disk.solve();
      return (disk.readsPerNs(reads[0] as number) * 8 + disk.readsPerNs(reads[1] as number) * 1024) * 4096 * 1000;
    });
    for (const rate of read) expect(rate).toBeLessThan(mbPerS * 1.001);
    expect(Math.max(...read)).toBeGreaterThan(0.9 * mbPerS);
  });
});

const of = (threads: number, thinkMs: number, serviceMs = 1): SimClass => ({ threads, thinkNs: thinkMs * MS, serviceNs: serviceMs * MS });
const none = { writesPerNs: 0, writeNs: MS };

/** Name, case, and the largest relative error of a mean response time. */
const CASES: readonly (readonly [string, SimCase, number])[] = [
  ["exponential, 90 % busy", { channels: 1, queueing: "shared", variation: 1, classes: [of(4, 2)], ...none }, 0.01],
  ["regular service, 94 % busy", { channels: 1, queueing: "shared", variation: 0.3, classes: [of(4, 2)], ...none }, 0.02],
  ["regular service, saturated", { channels: 1, queueing: "shared", variation: 0.3, classes: [of(8, 2)], ...none }, 0.01],
  ["regular service, half busy", { channels: 1, queueing: "shared", variation: 0.3, classes: [of(50, 100)], ...none }, 0.015],
  ["four channels", { channels: 4, queueing: "shared", variation: 0.5, classes: [of(16, 3)], ...none }, 0.03],
  ["eight channels", { channels: 8, queueing: "shared", variation: 1, classes: [of(100, 11)], ...none }, 0.015],
  ["hardly busy", { channels: 4, queueing: "shared", variation: 0.5, classes: [of(2, 4)], ...none }, 0.01],
  ["unequal think times", { channels: 1, queueing: "shared", variation: 1, classes: [of(1, 10), of(4, 2)], ...none }, 0.05],
  [
    "random beside clustered reads on a 7200 rpm disk",
    { channels: 1, queueing: "shared", variation: 0.5, classes: [of(16, 200, 12.7), of(48, 40, 0.79)], ...none },
    0.05,
  ],
  [
    "reads beside writes",
    { channels: 1, queueing: "shared", variation: 1, classes: [of(4, 5)], writesPerNs: 0.3 / MS, writeNs: MS },
    0.015,
  ],
  [
    "reads beside long writes",
    { channels: 1, queueing: "shared", variation: 0.5, classes: [of(8, 5, 0.5)], writesPerNs: 0.06 / MS, writeNs: 5 * MS },
    0.03,
  ],
  [
    "eight channels beside writes",
    { channels: 8, queueing: "shared", variation: 0.3, classes: [of(20, 2, 0.3)], writesPerNs: 6 / MS, writeNs: MS / 2 },
    0.03,
  ],
  ["regular service, all at few banks", { channels: 4, queueing: "banks", variation: 0.1, classes: [of(16, 0)], ...none }, 0.01],
  ["banks", { channels: 8, queueing: "banks", variation: 1, classes: [of(16, 0.2, 0.1)], ...none }, 0.015],
  [
    "banks beside writes",
    { channels: 8, queueing: "banks", variation: 1, classes: [of(16, 0.2, 0.1)], writesPerNs: 20 / MS, writeNs: 0.1 * MS },
    0.015,
  ],
];

describe("against an event-by-event simulation", () => {
  it.each(CASES)("%s", (_name, spec, tolerance) => {
    const reference = simulate(spec, 300_000, 7);
    const [first, second = first] = [...new Set(spec.classes.map(({ serviceNs }) => serviceNs))] as [number, number?];
    const { channels, queueing, variation, writeNs } = spec;
    const service = { randomReadNs: first, clusteredReadNs: second, transferNs: 0, clusteredWriteNs: writeNs };
    const disk = new Disk({ channels, queueing, variation, service, pagesPerClusteredWrite: 1 }, 8);
    disk.begin();
    for (const { threads, thinkNs, serviceNs } of spec.classes) {
      disk.addReads(demandOf(1, 1, { threads, thinkNs, swapReadShare: 1, pagesPerSwapRead: serviceNs === first ? 1 : 8 }));
    }
    disk.addWrites(spec.writesPerNs * 1e9);
    disk.solve();
    spec.classes.forEach((_, i) => {
      const ours = disk.serviceNs(i) + disk.readerWaitNs(i);
      expect(Math.abs(ours / (reference.responseNs[i] as number) - 1)).toBeLessThan(tolerance);
      expect(Math.abs(disk.readsPerNs(i) / (reference.readsPerNs[i] as number) - 1)).toBeLessThan(tolerance);
    });
    expect(Math.abs(disk.utilisation - reference.utilisation)).toBeLessThan(0.015);
    expect(Math.abs(disk.requests / reference.requests - 1)).toBeLessThan(0.06);
  });
});

describe("writes", () => {
  const solved = (threads: number, pagesPerS: number) => {
    const disk = new Disk(device({}), 1);
    disk.begin();
    disk.addReads(demandOf(1, 1, { threads, thinkNs: 0, fileReadShare: 1 }));
    disk.addWrites(pagesPerS);
    disk.solve();
    return disk;
  };

  it("are all carried while the device has room", () => {
    expect(solved(0, 900).writeShare).toBe(1);
  });

  it("stop short of filling the device, and keep a third of it beside readers without end", () => {
    expect(solved(0, 3_800).writeShare).toBeCloseTo(0.25, 6);
    const beside = solved(50, 3_800);
    expect(beside.writesPerNs * MS).toBeCloseTo(0.95 / 3, 6);
    expect(beside.readsPerNs(0) * MS).toBeGreaterThan(0.65);
  });

  it("and reads slow down with the device", () => {
    const disk = new Disk(device({}), 1);
    disk.slowness = 10;
    disk.begin();
    disk.addReads(demandOf(1, 1, { threads: 1, thinkNs: 0, fileReadShare: 1 }));
    disk.addWrites(20);
    disk.solve();
    expect(disk.serviceNs(0)).toBe(10 * MS);
    expect(disk.writesPerNs * 10 * MS).toBeCloseTo(0.2, 6);
  });
});
