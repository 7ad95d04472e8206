/** Heat classes and the characteristic time against exact LRU, in steady state and on the way there (docs/validation.md). */
import { describe, expect, test } from "vitest";
import type { PopularityLaw } from "../../lib/scenario/scenario.ts";
import { Region } from "../../services/guest/region.ts";
import { Residency } from "../../services/guest/residency.ts";
import { dealt, ExactLru, ZipfSampler } from "./exactlru.ts";

const PAGES = 10_000;
/** 0.3 percentage points. */
const TOLERANCE = 0.003;

function regionOf(law: PopularityLaw, pages = PAGES): { region: Region; list: Residency } {
  const region = new Region({ name: "r", kind: "anonymous", pages, law, writes: 0, weight: 1 });
  region.setShare(1);
  region.grow(pages);
  return { region, list: new Residency([region]) };
}

/** Moves on by accesses in memory of `capacity` pages, in steps; returns the misses. */
function play(region: Region, list: Residency, accesses: number, capacity: number, step = 100): number {
  let misses = 0;
  for (let done = 0; done < accesses; done += step) {
    const full = region.residentPages >= capacity - 1;
    region.expect(step, full);
    misses += region.expectedMisses;
    const target = full ? capacity : Math.min(capacity, region.residentPages + region.expectedMisses);
    region.advance(step, full, true);
    if (full || target === capacity) list.settle(target);
    else list.grown(step);
  }
  return misses;
}

describe("steady state under Zipf laws", () => {
  // exponent, capacity, exact LRU's miss ratio over 8 million references (docs/validation.md).
  const rows = [
    [0.5, 0.1, 0.81919],
    [0.5, 0.5, 0.37886],
    [0.8, 0.05, 0.66877],
    [0.8, 0.25, 0.38361],
    [0.8, 0.9, 0.03187],
    [1.0, 0.1, 0.32441],
    [1.0, 0.5, 0.1012],
    [1.2, 0.5, 0.03603],
  ] as const;
  test.each(rows)("Zipf %s with %s of the pages resident misses %s", (exponent, share, reference) => {
    const { region, list } = regionOf({ kind: "zipf", exponent });
    region.expect(1e9, false);
    region.advance(1e9, false, true);
    list.settle(share * PAGES);
    expect(Math.abs(region.missRate - reference)).toBeLessThan(TOLERANCE);
    const lru = new ExactLru(PAGES);
    const sampler = new ZipfSampler(PAGES, exponent, 1);
    let misses = 0;
    for (let i = 0; i < 200_000; i++) lru.touch(sampler.draw(), share * PAGES);
    for (let i = 0; i < 800_000; i++) misses += lru.touch(sampler.draw(), share * PAGES) ? 1 : 0;
    expect(Math.abs(region.missRate - misses / 800_000)).toBeLessThan(TOLERANCE);
  });
});

/** Mean miss ratio of exact LRU in windows of the script, over many seeds. */
function exactWindows(
  runs: number,
  windows: number,
  window: number,
  script: (seed: number) => (i: number) => readonly [number, number],
): number[] {
  const misses = new Array<number>(windows).fill(0);
  for (let seed = 0; seed < runs; seed++) {
    const lru = new ExactLru(PAGES);
    const at = script(seed);
    for (let page = 0; page < PAGES; page++) lru.touch(page, PAGES);
    for (let i = 0; i < windows * window; i++) {
      const [page, capacity] = at(i);
      lru.trim(capacity);
      if (lru.touch(page, capacity)) (misses[Math.floor(i / window)] as number)++;
    }
  }
  return misses.map((count) => count / (runs * window));
}

const WINDOW = 5_000;
const RUNS = 60;

describe("on the way there", () => {
  test.each([0.5, 1])("a shift of %s of the pages at half capacity follows exact LRU", (share) => {
    const exact = exactWindows(RUNS, 20, WINDOW, (seed) => {
      const sampler = new ZipfSampler(PAGES, 0.9, seed);
      const before = dealt(PAGES, 1, 1000 + seed);
      const shift = dealt(PAGES, share, 2000 + seed);
      return (i) => {
        const page = before[sampler.draw()] as number;
        return [i < 10 * WINDOW ? page : (shift[page] as number), PAGES / 2];
      };
    });
    // A busy guest touches its pages many times in one step: nothing may depend on that.
    for (const step of [100, 500]) {
      const { region, list } = regionOf({ kind: "zipf", exponent: 0.9 });
      list.settle(PAGES / 2);
      for (let w = 0; w < 20; w++) {
        if (w === 10) region.shift(share);
        const ratio = play(region, list, WINDOW, PAGES / 2, step) / WINDOW;
        const what = `steps of ${step}, window ${w}: ${ratio} against ${exact[w]}`;
        if (w > 0) expect(Math.abs(ratio - (exact[w] as number)), what).toBeLessThan(TOLERANCE);
      }
    }
  });

  test("capacity steps down and up follow exact LRU from a memory that was filled in order", () => {
    const capacityAt = (w: number): number => ([10_000, 8_000, 5_000, 3_000, 9_000][Math.floor(w / 4)] as number) ?? 0;
    const exact = exactWindows(RUNS, 20, WINDOW, (seed) => {
      const sampler = new ZipfSampler(PAGES, 0.7, seed);
      const places = dealt(PAGES, 1, 3000 + seed);
      return (i) => [places[sampler.draw()] as number, capacityAt(Math.floor(i / WINDOW))];
    });
    const { region, list } = regionOf({ kind: "zipf", exponent: 0.7 });
    for (let w = 0; w < 20; w++) {
      const capacity = capacityAt(w);
      if (region.residentPages > capacity) list.settle(capacity);
      const ratio = play(region, list, WINDOW, capacity) / WINDOW;
      expect(Math.abs(ratio - (exact[w] as number)), `window ${w}: ${ratio} against ${exact[w]}`).toBeLessThan(TOLERANCE);
    }
  });
});

describe("cyclic scan", () => {
  test.each([1.1, 2])("of %s times its memory, LRU always misses", (over) => {
    const pages = Math.round(5_000 * over);
    const { region, list } = regionOf({ kind: "scan" }, pages);
    list.settle(5_000);
    expect(play(region, list, 3 * pages, 5_000)).toBeCloseTo(3 * pages, 0);
  });

  test("within its memory it never misses, and one that comes back costs one round", () => {
    const { region, list } = regionOf({ kind: "scan" });
    expect(play(region, list, 30_000, PAGES)).toBe(0);
    list.settle(4_000);
    expect(play(region, list, 50_000, PAGES)).toBeCloseTo(6_000, 0);
    expect(region.missingPages).toBe(0);
  });
});

test("a region that nobody draws from is evicted before one in use", () => {
  const make = (name: string): Region =>
    new Region({ name, kind: "anonymous", pages: PAGES, law: { kind: "uniform" }, writes: 0, weight: 1 });
  const [used, idle] = [make("used"), make("idle")];
  const list = new Residency([used, idle]);
  for (const region of list.regions) {
    region.setShare(0.5);
    region.grow(PAGES);
    region.expect(1e6, false);
    region.advance(1e6, false, true);
  }
  used.setShare(1);
  idle.setShare(0);
  for (const region of list.regions) region.advance(1e6, false, true);
  list.grown(1e6);
  list.settle(PAGES);
  expect(used.residentPages).toBeGreaterThan(PAGES - 2);
  expect(idle.residentPages).toBeLessThan(2);
  // It stays where it is while the others go on, and comes back when asked for.
  for (const region of list.regions) {
    region.expect(1e5, false);
    region.advance(1e5, false, true);
  }
  expect(idle.residentPages).toBeLessThan(2);
});

test("changes of share, size and popularity keep what is resident", () => {
  const { region, list } = regionOf({ kind: "zipf", exponent: 0.9 });
  region.expect(50_000, false);
  region.advance(50_000, false, true);
  list.settle(6_000);
  const before = region.residentPages;
  region.setShare(0.3);
  expect(region.residentPages).toBeCloseTo(before, 3);
  region.shift(0.4);
  expect(region.residentPages).toBeCloseTo(before, 3);
  region.resize(20_000);
  expect(region.residentPages).toBeCloseTo(before, 3);
  region.grow(10_000);
  expect(region.residentPages).toBeCloseTo(before + 10_000, 3);
  const freed = region.resize(5_000);
  expect(freed).toBeCloseTo((before + 10_000) * 0.75, 2);
  expect(region.residentPages).toBeCloseTo((before + 10_000) * 0.25, 2);
});

test("a region of which everything is evicted has no pages left, not even by rounding", () => {
  for (let pages = 1; pages < 3_000; pages += 37) {
    const { region, list } = regionOf({ kind: "zipf", exponent: 0.9 }, pages);
    list.settle(0);
    expect(region.residentPages).toBeGreaterThanOrEqual(0);
    expect(region.residentPages).toBeLessThan(1);
  }
});
