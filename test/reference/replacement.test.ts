/** The exact page-level references against each other, and against their closed forms. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import { type CacheKind, FILLED, HIT, makeCache } from "../../validate/reference/caches.ts";
import { missRatioLru, missRatioRandom, missRatioScanRandom } from "../../validate/reference/formulas.ts";
import { AliasSampler, choose, shuffleAmong, zipf } from "../../validate/reference/popularity.ts";
import { replay, scanMisses } from "../../validate/reference/replay.ts";

const KINDS: readonly CacheKind[] = ["lru", "fifo", "random", "clock"];

test("the alias sampler draws the law it was given", () => {
  const chance = zipf(50, 1);
  const sampler = new AliasSampler(chance, new Random(1, "test", "draws"));
  const counts = new Float64Array(50);
  const draws = 1_000_000;
  for (let i = 0; i < draws; i++) (counts[sampler.draw()] as number)++;
  for (let page = 0; page < 50; page++) {
    const p = chance[page] as number;
    expect(Math.abs((counts[page] as number) / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
  }
});

test("choose gives different numbers, and shuffling among them keeps the rest in place", () => {
  const random = new Random(3, "test", "choose");
  const chosen = choose(100, 30, random);
  expect(new Set(chosen).size).toBe(30);
  const items = Int32Array.from({ length: 100 }, (_, i) => i);
  shuffleAmong(items, chosen, random);
  expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  const moved = [...items.keys()].filter((i) => items[i] !== i);
  expect(moved.length).toBeGreaterThan(20);
  for (const i of moved) expect(chosen).toContain(i);
});

/** The rules of LRU, FIFO and CLOCK on plain arrays, as slow as they are plain. */
function plainCache(kind: "lru" | "fifo" | "clock", capacity: number): (page: number) => number {
  const line: { page: number; touched: boolean }[] = [];
  return (page) => {
    const at = line.findIndex((entry) => entry.page === page);
    if (at >= 0) {
      const entry = line[at] as { page: number; touched: boolean };
      entry.touched = true;
      if (kind === "lru") line.push(...line.splice(at, 1));
      return HIT;
    }
    let victim = FILLED;
    while (line.length >= capacity) {
      const first = line.shift() as { page: number; touched: boolean };
      if (kind === "clock" && first.touched) line.push({ page: first.page, touched: false });
      else victim = first.page;
    }
    line.push({ page, touched: false });
    return victim;
  };
}

test.each(["lru", "fifo", "clock"] as const)("%s evicts what the plain rule evicts", (kind) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 200 }), (capacity, pages) => {
      const cache = makeCache(kind, 12, capacity, new Random(1, "test", "none"));
      const plain = plainCache(kind, capacity);
      for (const page of pages) expect(cache.access(page)).toBe(plain(page));
    }),
  );
});

test("every cache holds at most its capacity, and holds what it was last given", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.array(fc.record({ page: fc.integer({ min: 0, max: 19 }), capacity: fc.integer({ min: 1, max: 20 }) }), { maxLength: 100 }),
      (kind, steps) => {
        const cache = makeCache(kind, 20, 20, new Random(5, "test", "victims"));
        for (const { page, capacity } of steps) {
          cache.setCapacity(capacity);
          while (cache.residentPages > capacity) expect(cache.has(cache.evict())).toBe(false);
          cache.access(page);
          expect(cache.has(page)).toBe(true);
          const held = Array.from({ length: 20 }, (_, i) => i).filter((i) => cache.has(i)).length;
          expect(cache.residentPages).toBe(held);
          expect(held).toBeLessThanOrEqual(capacity);
        }
      },
    ),
  );
});

test("a cyclic scan that does not fit: LRU, FIFO and CLOCK always miss, RANDOM by its root", () => {
  for (const kind of ["lru", "fifo", "clock"] as const) expect(scanMisses(kind, 1_100, 1_000, 3, 1)).toBe(1);
  for (const kind of KINDS) expect(scanMisses(kind, 1_000, 1_000, 3, 1)).toBe(0);
  for (const ratio of [1.1, 1.25, 1.5, 2, 3]) {
    const capacity = 4_000;
    const counted = scanMisses("random", Math.round(ratio * capacity), capacity, 40, 7);
    expect(Math.abs(counted - missRatioScanRandom(ratio))).toBeLessThan(0.005);
  }
  expect(missRatioScanRandom(1)).toBe(0);
});

test.each([
  [0, 0.4],
  [0.8, 0.25],
  [1.2, 0.5],
])("steady state, exponent %d, capacity %d: each policy is what its formula says", (exponent, share) => {
  const chance = zipf(10_000, exponent);
  const capacityPages = Math.round(share * chance.length);
  const steady = (policy: CacheKind) =>
    replay({
      policy,
      chance,
      capacityPages,
      steps: [{ kind: "touch-all" }, { kind: "run", references: 300_000, windows: 1 }, { kind: "run", references: 600_000, windows: 1 }],
      seed: 11,
      repeats: 1,
    })[1] as number;
  expect(Math.abs(steady("lru") - missRatioLru(chance, capacityPages))).toBeLessThan(0.002);
  const byFormula = missRatioRandom(chance, capacityPages);
  expect(Math.abs(steady("random") - byFormula)).toBeLessThan(0.002);
  expect(Math.abs(steady("fifo") - byFormula)).toBeLessThan(0.002);
  // CLOCK is better than FIFO (the same where no page is better than another), never better than keeping the most popular.
  const best = chance.subarray(capacityPages).reduce((sum, p) => sum + p, 0);
  expect(steady("clock")).toBeGreaterThan(best - 1e-9);
  expect(steady("clock")).toBeLessThan(byFormula + 0.002);
});

test("the known miss ratio has the mean of a count of misses, through capacity steps and shifts", () => {
  const chance = zipf(2_000, 0.9);
  const windows = replay({
    policy: "lru",
    chance,
    capacityPages: 2_000,
    steps: [
      { kind: "touch-all" },
      { kind: "run", references: 10_000, windows: 1 },
      { kind: "capacity", pages: 500 },
      { kind: "run", references: 40_000, windows: 2 },
      { kind: "shift", share: 1 },
      { kind: "run", references: 40_000, windows: 100 },
    ],
    seed: 2,
    repeats: 4,
  });
  expect(windows[0]).toBeCloseTo(0, 12);
  const formula = missRatioLru(chance, 500);
  expect(Math.abs((windows[2] as number) - formula)).toBeLessThan(0.006);
  // Just after the shift a page is resident by chance alone: three quarters of the accesses miss, then ever fewer.
  expect(windows[3] as number).toBeGreaterThan(formula * 1.3);
  expect(windows[3] as number).toBeGreaterThan(windows[10] as number);
  const last = windows.slice(83).reduce((sum, ratio) => sum + ratio, 0) / 20;
  expect(Math.abs(last - formula)).toBeLessThan(0.006);
});
