/** Swap read-ahead: its window against the kernel's rule, and a guest that has it (docs/model.md). */
import { describe, expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import type { RegionConfig } from "../../lib/scenario/scenario.ts";
import { FREE_OF_WAITS, Operations } from "../../services/guest/operations.ts";
import { ReadAhead } from "../../services/guest/readahead.ts";
import type { Region } from "../../services/guest/region.ts";
import { Workload } from "../../services/guest/workload.ts";
import { benchOf, type FakeHost, guestOf } from "./fakehost.ts";

const MS = 1_000_000;
/** Of a VM of 512 MiB: leaves its heap of 320 MiB all but a fifteenth of its pages. */
const TARGET_PAGES = 90_000;

/** swapin_nr_pages() with a Poisson number of hits before each fault: mean pages of a window. */
function simulated(hitsPerFault: number, most: number): number {
  const random = new Random(7, "test", "hits");
  let [last, sum] = [0, 0];
  const faults = 200_000;
  for (let i = 0; i < faults; i++) {
    let hits = 0;
    for (let left = Math.exp(-hitsPerFault), chance = random.uniform(); chance > left; hits++) chance *= random.uniform();
    let pages = 1;
    if (hits > 0) for (pages = 4; pages < hits + 2; pages *= 2);
    last = Math.max(Math.min(pages, most), Math.floor(last / 2));
    sum += last;
  }
  return sum / faults;
}

describe("swap read-ahead", () => {
  test.each([
    [0.05, 8],
    [0.5, 8],
    [2, 8],
    [6, 8],
    [1, 4],
    [1, 2],
    [0.5, 32],
    [6, 16],
    [12, 64],
  ])("with %s hits for each fault and windows of at most %s pages is the kernel's in the mean", (hits, most) => {
    const ahead = new ReadAhead(Math.log2(most));
    const mean = simulated(hits, most);
    expect(Math.abs(1 + ahead.perMiss(1_000, 1_000 * hits) - mean)).toBeLessThan(0.01 * mean);
  });

  test("is off with vm.page-cluster 0, dies without hits, and reads no page that has come back", () => {
    expect(new ReadAhead(0).perMiss(100, 1_000)).toBe(0);
    const ahead = new ReadAhead(3);
    expect(ahead.perMiss(100, 0)).toBe(0);
    expect(ahead.perMiss(100, 10_000)).toBeCloseTo(7, 9);
    ahead.note(300);
    expect(ahead.perMiss(100, 10_000)).toBeCloseTo((7 * 100) / 400, 9);
    ahead.forget(1_000_000, 100, 100);
    expect(ahead.perMiss(100, 10_000)).toBeCloseTo(7, 2);
  });

  test.each([
    ["stay as many", 100],
    ["become more", 400],
  ])("knows as many pages that came back after one long step as after many short ones, while the missing %s", (_name, after) => {
    const [long, short] = [new ReadAhead(3), new ReadAhead(3)];
    for (const each of [long, short]) {
      each.note(200);
      each.forget(1e-9, 100, 100);
    }
    const steps = 10_000;
    const missing = (i: number): number => 100 + ((after - 100) * i) / steps;
    for (let i = 0; i < steps; i++) {
      if (after === 100) short.note(300 / steps);
      short.forget(300 / steps, missing(i), missing(i + 1));
    }
    if (after === 100) long.note(300);
    long.forget(300, 100, after);
    expect(long.perMiss(after, 10_000)).toBeCloseTo(short.perMiss(after, 10_000), 3);
  });
});

/** With `aheadPerMiss`, of a region half of which is missing: costs of 1,000 accesses, at 7 for each read and 100 for each page. */
function readingOf(law: RegionConfig["law"], aheadPerMiss: number): { operations: Operations; costNs: number } {
  const region: RegionConfig = { name: "r", kind: "anonymous", pages: 10_000, law, writes: 0, weight: 1 };
  const config = { threads: 1, thinkNs: 1_000, touches: 1, restartNs: 0, regions: [region], phases: [] };
  const workload = new Workload(guestOf({ workload: config }));
  workload.anonymous.grow(workload.regions[0] as Region, 10_000);
  workload.anonymous.settle(5_000);
  workload.aheadPerMiss = aheadPerMiss;
  const operations = new Operations(workload);
  operations.estimate(1_000, FREE_OF_WAITS, true);
  return { operations, costNs: operations.costNs({ ...FREE_OF_WAITS, touchNs: 0, swapReadNs: 7, swapPageNs: 100 }) };
}

test("a scan's read brings what it misses next, one of a page at random its neighbours beside; each page takes its time", () => {
  const scan = readingOf({ kind: "scan" }, 3);
  expect(scan.operations.traffic).toMatchObject({ missesAnonymous: 1_000, swapReads: 125, aheadPages: 0 });
  expect(scan.costNs).toBeCloseTo(125 * 7 + 1_000 * 100, 6);
  const { operations, costNs } = readingOf({ kind: "uniform" }, 3);
  const { missesAnonymous: misses, swapReads, aheadPages } = operations.traffic;
  expect(misses).toBeGreaterThan(0);
  expect([swapReads, aheadPages]).toEqual([misses, 3 * misses]);
  expect(costNs).toBeCloseTo(misses * 7 + 4 * misses * 100, 6);
});

test("a scan of anonymous memory reads each of its missing pages once", () => {
  const base = guestOf({ sizePages: 131_072, kernelPages: 12_288 });
  const regions = base.workload.regions.map((region) => ({ ...region, pages: 81_920, law: { kind: "scan" as const } }));
  const act = (host: FakeHost): void => (host.target.pages === 0 ? host.setTarget(TARGET_PAGES) : undefined);
  const { monitor } = benchOf({ ...base, workload: { ...base.workload, regions } }, { act }).to(20);
  expect(monitor.sum("refaultPages", -10)).toBeGreaterThan(100_000);
  expect(monitor.sum("swapInPages", -10) / monitor.sum("refaultPages", -10)).toBeCloseTo(1, 3);
});

type Name = "swapInPages" | "operations";

/** What sixteen threads do per second, in the mean of the last ten, where the disk carries `writeShare` of what it is asked to write. */
function pressed(stepMs: number, writeShare: number): Record<Name, number> {
  const base = guestOf({ sizePages: 131_072, kernelPages: 12_288, swapPages: 1_048_576 });
  const regions = base.workload.regions.map((region) => ({ ...region, pages: 81_920, writes: 0.4 }));
  const workload = { ...base.workload, threads: 16, thinkNs: 400_000, touches: 40, regions };
  const act = (host: FakeHost): void => {
    if (host.target.pages === 0) host.setTarget(TARGET_PAGES);
    const asked = host.demands.at(-1)?.swapWritePagesPerS ?? 0;
    host.options.writePagesPerS = asked * writeShare;
  };
  const { monitor } = benchOf({ ...base, workload }, { stepNs: stepMs * MS, act }, { stepNs: stepMs * MS }).to(20);
  const mean = (name: Name): number => monitor.sum(name, -10) / 10;
  return { swapInPages: mean("swapInPages"), operations: mean("operations") };
}

describe("a guest whose swap read-ahead is wide", () => {
  test("asks for the writes of all that comes in: a disk that carries hardly more holds nobody up", () => {
    const [free, bound] = [pressed(100, 1), pressed(100, 0.999)];
    expect(bound.operations / free.operations).toBeGreaterThan(0.98);
  });

  test("does and reads the same, however long its step is", () => {
    const [short, long] = [pressed(50, 1), pressed(200, 1)];
    expect(Math.abs(long.swapInPages / short.swapInPages - 1)).toBeLessThan(0.03);
    expect(Math.abs(long.operations / short.operations - 1)).toBeLessThan(0.01);
  });
});

test.each([50, 200, 500])("a scan of a file turns memory over as often as its threads can, in steps of %s ms", (stepMs) => {
  const base = guestOf({ sizePages: 131_072, kernelPages: 12_288 });
  const law = { kind: "scan" as const };
  const regions = base.workload.regions.map((region) => ({ ...region, kind: "file" as const, pages: 262_144, law, writes: 0 }));
  const workload = { ...base.workload, threads: 64, thinkNs: 40_000, touches: 40, regions };
  const change = { stepNs: stepMs * MS, serviceNs: 100_000, waitProbability: 0 };
  const { monitor } = benchOf({ ...base, workload }, change, { stepNs: stepMs * MS }).to(20);
  // 64 threads, each of whose reads of 32 pages takes 32 touches and the service.
  const pagesPerS = (64 * 32 * 1e9) / (32_000 + 100_000);
  expect(monitor.sum("fileReadPages", -10) / 10 / pagesPerS).toBeGreaterThan(0.98);
  expect(monitor.sum("fileReadPages", -10) / 10 / pagesPerS).toBeLessThan(1.001);
});
