/** Random picks that a page survives some of, against page-by-page simulations: steady state, the way there, cyclic scans. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Region } from "../../services/guest/region.ts";
import { survivalOf } from "../../services/guest/replacement/poisson.ts";
import { Residency } from "../../services/guest/residency.ts";
import { replayModel } from "../../validate/lru-model.ts";
import { missRatioScanRandom } from "../../validate/reference/formulas.ts";
import { zipf } from "../../validate/reference/popularity.ts";
import { replay, type Step } from "../../validate/reference/replay.ts";

const PAGES = 10_000;
/** 0.3 percentage points. */
const TOLERANCE = 0.003;

const LAWS = [
  ["random", 1],
  ["two-lives", 2],
  ["four-lives", 4],
] as const;

test.each([1, 2, 4, 16])("%i lives: steady state is the k-family's formula", (lives) => {
  const chance = zipf(PAGES, 0.8);
  const resident = (time: number) => chance.reduce((sum, q) => sum + 1 - Math.exp(-lives * Math.log1p((q * time) / lives)), 0);
  let [low, high] = [0, 1e9];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (resident(middle) < PAGES / 4) low = middle;
    else high = middle;
  }
  const formula = chance.reduce((sum, q) => sum + q * Math.exp(-lives * Math.log1p((q * low) / lives)), 0);
  const steps: Step[] = [
    { kind: "touch-all" },
    { kind: "run", references: 40 * PAGES, windows: 1 },
    { kind: "run", references: PAGES, windows: 1 },
  ];
  const law = { kind: "zipf", exponent: 0.8 } as const;
  for (const stride of [0.02, 0.5]) {
    const ours = replayModel({ law, pages: PAGES, capacityPages: PAGES / 4, stride, lives }, steps)[1] as number;
    expect(Math.abs(ours - formula), `${ours} against ${formula}`).toBeLessThan(TOLERANCE);
  }
});

describe.each(LAWS)("%s", (policy, lives) => {
  test.each([
    [0.5, 0.5],
    [1, 1],
  ])("capacity steps and a shift under Zipf %d follow the page-level simulation", (exponent, share) => {
    const steps: Step[] = [
      { kind: "touch-all" },
      { kind: "capacity", pages: 0.5 * PAGES },
      { kind: "run", references: 4 * PAGES, windows: 8 },
      { kind: "shift", share },
      { kind: "run", references: 4 * PAGES, windows: 8 },
      { kind: "capacity", pages: 0.8 * PAGES },
      { kind: "run", references: 4 * PAGES, windows: 8 },
    ];
    const exact = replay({ policy, chance: zipf(PAGES, exponent), capacityPages: PAGES, steps, seed: 5, repeats: 24 });
    const law = { kind: "zipf", exponent } as const;
    const ours = replayModel({ law, pages: PAGES, capacityPages: PAGES, stride: 0.02, lives }, steps);
    for (const [w, ratio] of ours.entries()) {
      expect(Math.abs(ratio - (exact[w] as number)), `window ${w}: ${ratio} against ${exact[w]}`).toBeLessThan(TOLERANCE);
    }
  });
});

describe("a cyclic scan", () => {
  test.each([1.1, 1.25, 1.5, 2, 3])("of %d times its memory misses by the root under RANDOM, however long a step is", (ratio) => {
    const steps: Step[] = [
      { kind: "touch-all" },
      { kind: "run", references: 20 * PAGES, windows: 1 },
      { kind: "run", references: 5 * PAGES, windows: 1 },
    ];
    for (const stride of [0.02, 0.25, 2.5]) {
      const memory = { law: { kind: "scan" }, pages: PAGES, capacityPages: Math.round(PAGES / ratio), stride, lives: 1 } as const;
      expect(Math.abs((replayModel(memory, steps)[1] as number) - missRatioScanRandom(ratio))).toBeLessThan(TOLERANCE);
    }
  });

  test("pressed out, hardly going on, and going on: picks within no touch at all are not smeared over the next touches", () => {
    const { region, list } = regionOf({ kind: "scan" }, 1);
    list.settle(0);
    const held: number[] = [];
    for (const accesses of [1e-12, 300, 0]) {
      list.aim(accesses);
      region.expect(accesses, true);
      region.advance(accesses, true, true);
      list.settle(held.at(-1) ?? 0);
      held.push(region.residentPages);
    }
    // Of the 300 some are left, however often they are picked.
    expect(held[1]).toBeGreaterThan(3);
    expect(held[2]).toBeCloseTo(held[1] as number, 0);
  });

  test("within its memory never misses, and memory given back fills within a round", () => {
    const { region, list } = regionOf({ kind: "scan" }, 1);
    list.settle(4_000);
    expect(region.residentPages).toBeCloseTo(4_000, 0);
    region.expect(PAGES, false);
    expect(region.expectedMisses).toBeCloseTo(6_000, 0);
    region.advance(PAGES, false, true);
    list.grown(PAGES);
    expect(region.missingPages).toBe(0);
    expect(region.missRate).toBe(0);
  });
});

function regionOf(law: { kind: "scan" } | { kind: "zipf"; exponent: number }, lives: number): { region: Region; list: Residency } {
  const region = new Region({ name: "r", kind: "anonymous", pages: PAGES, law, writes: 0, weight: 1 }, lives);
  region.setShare(1);
  region.grow(PAGES);
  return { region, list: new Residency([region], lives) };
}

test("whatever happens, a list holds what it was brought to, and no share leaves 0 to 1", () => {
  const happening = fc.oneof(
    fc.record({ kind: fc.constant("settle" as const), by: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("run" as const), by: fc.double({ min: 0, max: 3, noNaN: true }) }),
    fc.record({ kind: fc.constant("turn over" as const), by: fc.double({ min: 0, max: 3, noNaN: true }) }),
    fc.record({ kind: fc.constant("shift" as const), by: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("resize" as const), by: fc.double({ min: 0.2, max: 1, noNaN: true }) }),
  );
  const law = fc.constantFrom({ kind: "scan" } as const, { kind: "zipf", exponent: 0.9 } as const);
  fc.assert(
    fc.property(law, fc.constantFrom(1, 2, 5), fc.array(happening, { maxLength: 20 }), (popularity, lives, happenings) => {
      const { region, list } = regionOf(popularity, lives);
      for (const { kind, by } of happenings) {
        const accesses = by * PAGES;
        if (kind === "settle") {
          const wanted = Math.min(by * region.touchedPages, region.residentPages);
          list.settle(wanted);
          expect(Math.abs(region.residentPages - wanted)).toBeLessThan(1);
        } else if (kind === "shift") region.shift(by);
        else if (kind === "resize") region.resize(Math.max(1, Math.round(by * region.touchedPages)));
        else if (kind === "run") {
          region.expect(accesses, false);
          region.advance(accesses, false, true);
          list.grown(accesses);
        } else {
          const before = region.residentPages;
          list.aim(accesses);
          region.expect(accesses, true);
          expect(region.expectedMisses).toBeLessThanOrEqual(accesses + 1);
          region.advance(accesses, true, true);
          list.settle(before);
          // Fewer pages than a pick at every touch leaves cannot be held.
          if (before > 3) expect(Math.abs(region.residentPages - before)).toBeLessThan(1);
        }
        for (const share of region.missing) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }
    }),
  );
});

test("a page's chance to be left is that of fewer picks than lives, and its integral and its fall fit it", () => {
  for (const lives of [1, 2, 3, 8]) {
    for (const picks of [0, 0.3, 2, 7]) {
      const h = 1e-5;
      const [at, on] = [survivalOf(picks, lives), survivalOf(picks + h, lives)];
      expect((on.integral - at.integral) / h).toBeCloseTo(at.left, 4);
      expect((at.left - on.left) / h).toBeCloseTo(at.last, 4);
    }
  }
  expect(survivalOf(2, 1).left).toBeCloseTo(Math.exp(-2), 12);
});
