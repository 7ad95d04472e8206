/** CPUs, swap cache and swap read-ahead of a guest: the parts against the kernel's rules, and a guest that has them (docs/model.md). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GuestConfig, RegionConfig } from "../../lib/scenario/scenario.ts";
import { Fifo } from "../../services/guest/fifo.ts";
import { FREE_OF_WAITS, Operations } from "../../services/guest/operations.ts";
import { Processor } from "../../services/guest/processor.ts";
import { Region } from "../../services/guest/region.ts";
import { Residency } from "../../services/guest/residency.ts";
import { Scanning } from "../../services/guest/scanning.ts";
import { SwapCache } from "../../services/guest/swapcache.ts";
import { Workload } from "../../services/guest/workload.ts";
import { WriteBudget } from "../../services/guest/writebudget.ts";

const costs = { cpus: 1, touchNs: 1_000, faultNs: 500_000, scanNs: 4_000, swapOutNs: 100_000 };
const PAGES = 10_000;

function listOf(): Residency {
  const region = new Region({ name: "r", kind: "anonymous", pages: PAGES, law: { kind: "uniform" }, writes: 0, weight: 1 });
  region.setShare(1);
  const list = new Residency([region]);
  list.grow(region, PAGES);
  return list;
}

/** Of 5,000 pages 1,000 are active; so large a share of what comes in again is activated. */
const lists = (anonymousActivation: number) => ({ anonymousActivation, activeAnonymousPages: 1_000, inactiveAnonymousPages: 4_000 });

/** The workload touches its pages so often; all are resident. */
function use(list: Residency, accesses: number): void {
  for (const region of list.regions) {
    region.expect(accesses, false);
    region.advance(accesses, false, true);
  }
  list.grown(accesses);
}

describe("the CPUs", () => {
  test("are shared max-min fairly among threads and the kernel's workers", () => {
    const arbitrary = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2 }));
    fc.assert(
      fc.property(arbitrary, ([busy, threads, workers]) => {
        const processor = new Processor(costs);
        processor.busy = busy;
        processor.begin(100, threads, workers);
        const share = processor.workerShare;
        const used = workers * share + threads * Math.min(busy, share);
        // All of the CPU is used unless every task has one for itself, and no worker gets less than a thread that wants more.
        expect(used).toBeLessThanOrEqual(1 + 1e-9);
        if (share < 1) expect(used).toBeCloseTo(1, 9);
      }),
    );
  });

  test("are shared among pools that want differently: who wants less leaves the rest to the others", () => {
    const pool = fc.record({ threads: fc.integer({ min: 1, max: 4 }), busy: fc.double({ min: 0.01, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(pool, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 2 }), (pools, workers) => {
        const processor = new Processor(costs);
        const threads = pools.reduce((sum, { threads: its }) => sum + its, 0);
        processor.busy = pools.reduce((sum, { threads: its, busy }) => sum + its * busy, 0) / threads;
        processor.begin(100, threads, workers, pools);
        const share = processor.workerShare;
        const used = workers * share + pools.reduce((sum, { threads: its, busy }) => sum + its * Math.min(busy, share), 0);
        expect(used).toBeLessThanOrEqual(1 + 1e-9);
        if (share < 1) expect(used).toBeCloseTo(1, 9);
      }),
    );
  });

  test("what the workers use is taken from the threads, once", () => {
    const processor = new Processor(costs);
    processor.use(30);
    expect([processor.takeRest(100), processor.takeRest(100)]).toEqual([70, 100]);
    processor.use(250);
    expect([processor.takeRest(100), processor.takeRest(100), processor.takeRest(100)]).toEqual([0, 0, 50]);
  });

  test("cost nothing where they are not described", () => {
    const processor = new Processor(undefined);
    processor.begin(100, 4, 2);
    processor.use(30);
    expect([processor.limited, processor.workerShare, processor.takeRest(100)]).toEqual([false, 1, Number.POSITIVE_INFINITY]);
  });

  test("what one worker leaves goes to the others", () => {
    const processor = new Processor(costs);
    processor.begin(100, 0, 2);
    expect(processor.workerShare).toBe(0.5);
    processor.use(10);
    processor.finish();
    expect(processor.workerShare).toBeCloseTo(0.9, 12);
  });

  test("that the host takes away are missed by all", () => {
    const processor = new Processor(costs);
    processor.cpus = 0.5;
    processor.begin(100, 4, 1);
    expect([processor.workerShare, processor.takeRest(100)]).toEqual([0.1, 50]);
  });

  test("while the host takes a page from the balloon driver the CPU is the others'", () => {
    const processor = new Processor({ ...costs, inflateShare: 0.5 });
    processor.begin(100, 1, 1);
    // Per page half a unit at half a CPU, and half a unit of waiting.
    expect(processor.inflationShare).toBeCloseTo(1 / 1.5, 12);
  });
});

describe("the scan", () => {
  test("passes a list that was whole twice where all of it is in use, and finds what is not used in the second pass", () => {
    const [used, idle] = [listOf(), listOf()].map((list, i) => {
      const scanning = new Scanning(list);
      use(list, 100 * PAGES);
      scanning.pass(PAGES / 2, 100 * PAGES);
      expect([scanning.duePages, scanning.found, scanning.readyPages]).toEqual([1.5 * PAGES, 0, 0]);
      const accesses = i === 0 ? 20 * PAGES : PAGES / 2;
      use(list, accesses);
      scanning.pass(PAGES / 2, 100 * PAGES + accesses);
      scanning.pass(PAGES / 2, 100 * PAGES + accesses);
      return scanning;
    }) as [Scanning, Scanning];
    expect(used.readyPages).toBeLessThan(1);
    // Half a draw for each page: e^(-1/2) of them were not drawn.
    expect(idle.found).toBeCloseTo(Math.exp(-0.5), 2);
    expect(idle.readyPages).toBeCloseTo((PAGES / 2) * Math.exp(-0.5), -2);
    expect(used.duePages).toBe(PAGES / 2);
  });

  test("turns over steadily: a page is looked at the more often, the more of the list is in use", () => {
    const looks = [0.5, 0.75, 0.95].map((share) => {
      const list = listOf();
      const scanning = new Scanning(list);
      use(list, 100 * PAGES);
      scanning.pass(2 * PAGES, 100 * PAGES);
      list.settle(share * PAGES);
      // Misses are balanced by evictions for as long as it takes.
      const step = PAGES / 50;
      for (let i = 1; i <= 2_000; i++) {
        const [region] = list.regions as [Region];
        region.expect(step, true);
        const misses = region.expectedMisses;
        region.advance(step, true, true);
        list.settle(share * PAGES);
        // A third of the list is active, as it was at these levels.
        scanning.evicted(misses, (share * PAGES) / 3, 100 * PAGES + i * step);
      }
      return scanning.perPage;
    });
    // Linux 6.1, uniform law (c-uni-none): pages scanned for each one freed; so many were looked at once more when written.
    const measured = [2.9 - 0.55, 3.4 - 0.87, 6.7 - 0.97];
    for (const [i, perPage] of looks.entries()) expect(Math.abs(perPage / (measured[i] as number) - 1)).toBeLessThan(0.3);
  });
});

describe("the swap cache", () => {
  test("takes what its queue holds, and the device writes what its budget allows", () => {
    const list = listOf();
    use(list, PAGES);
    const writes = new WriteBudget();
    const cache = new SwapCache(list, writes);
    expect(cache.queue(9_000)).toBe(8_192);
    expect(cache.queue(1)).toBe(0);
    writes.fund(1_000, false);
    cache.complete();
    expect([cache.queuedPages, cache.writtenPages, cache.pages]).toEqual([7_192, 1_000, 8_192]);
    expect([cache.free(600), cache.free(600)]).toEqual([600, 400]);
    cache.complete();
    expect(cache.queuedPages).toBe(7_192);
  });

  test("loses to the workload's touches what is as cold as the missing pages", () => {
    const list = listOf();
    use(list, 100 * PAGES);
    list.settle(PAGES / 2);
    const cache = new SwapCache(list, new WriteBudget());
    cache.queue(1_000);
    cache.touch(0, 1_000, lists(0));
    // Uniform: each page is drawn with the same chance.
    expect(cache.touch(PAGES / 10, 0, lists(0))).toBeCloseTo(2_000 * (1 - Math.exp(-0.1)), 6);
    expect(cache.pages).toBeCloseTo(2_000 * Math.exp(-0.1), 6);
  });

  test("has as much of what read-ahead brings in one long step as in many short ones", () => {
    const list = listOf();
    use(list, 100 * PAGES);
    list.settle(PAGES / 2);
    const [long, short] = [new SwapCache(list, new WriteBudget()), new SwapCache(list, new WriteBudget())];
    const mapped = long.touch(2 * PAGES, 1_000, lists(0));
    let sum = 0;
    const steps = 10_000;
    for (let i = 0; i < steps; i++) sum += short.touch((2 * PAGES) / steps, 1_000 / steps, lists(0));
    expect(mapped).toBeCloseTo(1_000 * (1 - (1 - Math.exp(-2)) / 2), 6);
    expect(sum).toBeCloseTo(mapped, 1);
    expect(short.aheadPages).toBeCloseTo(long.aheadPages, 1);
  });
});

test("what read-ahead brought leaves when the scan has gone over as many pages as its list held, and not without", () => {
  const list = listOf();
  use(list, 100 * PAGES);
  list.settle(PAGES / 2);
  const cache = new SwapCache(list, new WriteBudget());
  cache.touch(0, 100, lists(0));
  cache.evict(0, { inactive: 0, active: 0 }, lists(0));
  cache.evict(1_000, { inactive: 3_999, active: 0 }, lists(0));
  expect([cache.aheadPages, cache.unmappedShare]).toEqual([100, 0]);
  cache.evict(200, { inactive: 101, active: 0 }, lists(0));
  expect([cache.aheadPages, cache.unmappedShare]).toEqual([0, 0.5]);
});

test("what read-ahead brought and is activated goes through the active list first", () => {
  const list = listOf();
  use(list, 100 * PAGES);
  list.settle(PAGES / 2);
  const cache = new SwapCache(list, new WriteBudget());
  cache.touch(0, 100, lists(1));
  cache.evict(4_100, { inactive: 4_100, active: 1_100 }, lists(0));
  expect(cache.aheadPages).toBe(100);
  cache.evict(4_100, { inactive: 4_100, active: 0 }, lists(0));
  expect(cache.aheadPages).toBe(0);
});

test("pages leave a list in the order in which they came, none before the scan has gone over all that were there before", () => {
  const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(moves, (pairs) => {
      const fifo = new Fifo();
      // Page by page beside it: true is one that counts.
      let queue: boolean[] = new Array(400).fill(false);
      let [counted, left] = [0, 0];
      for (const [came, scanned] of pairs) {
        fifo.add(came, queue.length);
        queue.push(...new Array(came).fill(true));
        counted += came;
        left += fifo.scan(Math.min(scanned, queue.length));
        queue = queue.slice(scanned);
        // A group is a sixteenth of the list, and its pages stand for one another within it.
        const exact = queue.filter(Boolean).length;
        expect(Math.abs(fifo.pages - exact)).toBeLessThanOrEqual(50 + (queue.length + 50) / 16);
        expect(left + fifo.pages).toBeCloseTo(counted, 6);
      }
      fifo.scan(100_000);
      expect(fifo.pages).toBe(0);
    }),
  );
});

test("pages that leave all over the list bring those behind them nearer to its tail", () => {
  const fifo = new Fifo();
  fifo.add(100, 400);
  fifo.thin(0.5);
  expect(fifo.pages).toBeCloseTo(50, 9);
  expect(fifo.scan(200)).toBeCloseTo(0, 9);
  fifo.add(30, 50);
  expect(fifo.scan(50)).toBeCloseTo(50, 9);
  expect(fifo.scan(30)).toBeCloseTo(30, 9);
  // For as long as it may take.
  for (let i = 0; i < 1_000; i++) fifo.thin(0.5);
  fifo.add(100, 400);
  expect(fifo.scan(400)).toBeCloseTo(0, 6);
  expect(fifo.scan(100)).toBeCloseTo(100, 6);
});

test("what is being written is flagged as what read-ahead brought is, until the workload goes on after it", () => {
  const list = listOf();
  use(list, 100 * PAGES);
  list.settle(PAGES / 2);
  const cache = new SwapCache(list, new WriteBudget());
  cache.touch(0, 10, lists(0));
  expect(cache.flaggedPages).toBe(10);
  cache.free(100);
  expect(cache.flaggedPages).toBe(74);
  cache.queue(500);
  expect(cache.flaggedPages).toBe(574);
  cache.touch(PAGES / 10, 0, lists(0));
  expect(cache.flaggedPages).toBeCloseTo(510 * Math.exp(-0.1), 6);
});

test("a page that was read back for reading faults once more when it is written", () => {
  const region: RegionConfig = { name: "r", kind: "anonymous", pages: PAGES, law: { kind: "uniform" }, writes: 0.25, weight: 1 };
  const workload = new Workload({
    pageCluster: 0,
    replacement: { anonymous: "lru", file: "lru" },
    workload: { threads: 1, thinkNs: 1_000, touches: 1, restartNs: 0, regions: [region], phases: [] },
  } as unknown as GuestConfig);
  const [pages] = workload.regions as [Region];
  workload.anonymous.grow(pages, PAGES);
  pages.marked[0] = 400;
  pages.tally();
  const operations = new Operations(workload);
  operations.estimate(PAGES, FREE_OF_WAITS, false);
  expect(operations.advance(false, true, 0)).toBeCloseTo(400 * (1 - Math.exp(-0.25)), 9);
  expect(operations.minorsPerAccess).toBeCloseTo((400 * (1 - Math.exp(-0.25))) / PAGES, 12);
  operations.estimate(10 * PAGES, FREE_OF_WAITS, false);
  // Beside those of the swap cache.
  expect(operations.advance(false, true, 7)).toBeCloseTo(7 + 400 * Math.exp(-0.25) * (1 - Math.exp(-2.5)), 9);
});
