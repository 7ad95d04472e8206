/** How reclaim divides its work between anonymous memory and file cache, against what Linux 6.1 does. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PopularityLaw } from "../../lib/scenario/scenario.ts";
import { ActiveAnonymous } from "../../services/guest/activeanonymous.ts";
import { noTotals } from "../../services/guest/counters.ts";
import { Lists } from "../../services/guest/lists.ts";
import { Nonresident } from "../../services/guest/nonresident.ts";
import { Region } from "../../services/guest/region.ts";
import { Residency } from "../../services/guest/residency.ts";
import { type ListSizes, ScanBalance } from "../../services/guest/scanbalance.ts";
import { ScanHand } from "../../services/guest/scanhand.ts";
import { WasActive } from "../../services/guest/wasactive.ts";

const SIZES: ListSizes = {
  inactiveAnonymous: 60_000,
  activeAnonymous: 500,
  inactiveFile: 12_000,
  activeFile: 13_000,
  freePages: 12_000,
  highPages: 13_500,
  swap: true,
  anonymousReturned: false,
  fileReturned: true,
};

const UNIFORM: PopularityLaw = { kind: "uniform" };

function list(kind: "anonymous" | "file", pages: number, law = UNIFORM): Residency {
  const region = new Region({ name: kind, kind, pages, law, writes: 0, weight: 1 });
  region.setShare(1);
  const residency = new Residency([region]);
  residency.grow(region, pages);
  return residency;
}

/** Every page has a clean slot in swap. */
function clean(residency: Residency): void {
  for (const region of residency.regions) {
    region.marked.set(region.pages);
    region.tally();
  }
}

function touch(residency: Residency, accesses: number): void {
  for (const region of residency.regions) {
    region.expect(accesses, false);
    region.advance(accesses, false, true);
  }
}

describe("ScanBalance", () => {
  const shares = (swappiness: number, sizes: Partial<ListSizes> = {}): number =>
    new ScanBalance(swappiness).plan({ ...SIZES, ...sizes }).anonymous;

  test("without a cost swappiness is anonymous memory's share of 200", () => {
    expect(shares(60)).toBeCloseTo(0.3, 10);
    expect(shares(100)).toBeCloseTo(0.5, 10);
    expect(shares(10)).toBeCloseTo(0.05, 10);
  });

  test("file pages that came in again double the weight of anonymous ones at most: f-z08-z08-sw10, 5.9 : 56.4 per page", () => {
    const balance = new ScanBalance(10);
    balance.noteCost(0, 10_000, 100_000);
    const { anonymous, file } = balance.plan(SIZES);
    expect(anonymous / file).toBeCloseTo(2 * (10 / 190), 4);
    expect(anonymous / file).toBeCloseTo(5.9 / 56.4, 2);
  });

  test("cache that nobody has asked for again goes first, while as much is inactive as active", () => {
    expect(shares(100, { fileReturned: false, activeFile: 11_000 })).toBe(0);
    expect(shares(100, { fileReturned: false, activeFile: 13_000 })).toBeCloseTo(0.5, 10);
  });

  test("hardly any cache: anonymous memory alone, unless it thrashes itself", () => {
    const tiny = { inactiveFile: 500, activeFile: 500 };
    expect(shares(1, tiny)).toBe(1);
    expect(shares(1, { ...tiny, anonymousReturned: true })).toBeLessThan(0.01);
  });

  test("no swap, or none of it free: cache alone", () => {
    expect(shares(200, { swap: false })).toBe(0);
  });

  test("costs fade once they exceed a quarter of the lists", () => {
    const balance = new ScanBalance(100);
    balance.noteCost(0, 4_000, 10_000);
    // 2,000 of them are left, and of 3,000 half again.
    balance.noteCost(1_000, 0, 10_000);
    const { anonymous, file } = balance.plan(SIZES);
    expect(anonymous / file).toBeCloseTo((1_500 + 1_000 + 1) / (1_500 + 500 + 1), 6);
  });
});

describe("ScanHand", () => {
  /** Goes over a share of the list. */
  const pass = (hand: ScanHand, share: number, accesses: number): void => {
    for (let left = share; left > 1e-9; ) {
      const part = Math.min(left, hand.left);
      hand.advance(part, accesses);
      left -= part;
    }
  };

  test("a page's age is the accesses since the scan passed it, whatever came between", () => {
    const hand = new ScanHand();
    expect(hand.age(1_000)).toBe(Number.POSITIVE_INFINITY);
    // A squeeze passes half of the list at once, the rest goes slowly.
    pass(hand, 0.5, 1_000);
    expect(hand.first).toBe(true);
    for (let i = 1; i <= 8; i++) pass(hand, 1 / 16, 1_000 + 1_000 * i);
    expect(hand.first).toBe(false);
    expect(hand.age(9_000)).toBe(8_000);
    pass(hand, 0.4375, 9_000);
    expect(hand.age(9_000)).toBe(8_000);
    pass(hand, 0.0625, 9_000);
    expect(hand.age(9_000)).toBe(7_000);
  });

  test("a segment that the scan went over slowly was looked at evenly in that time", () => {
    const hand = new ScanHand();
    pass(hand, 1 / 32, 1_000);
    pass(hand, 1 / 32, 3_000);
    pass(hand, 15 / 16, 4_000);
    expect(hand.age(10_000)).toBe(8_000);
    pass(hand, 1 / 32, 10_000);
    expect(hand.age(10_000)).toBe(7_500);
    pass(hand, 1 / 32, 10_000);
    expect(hand.age(10_000)).toBe(6_000);
  });
});

describe("Lists", () => {
  const listsOf = (anonymous: Residency, file: Residency, swappiness = 100) => {
    const totals = noTotals();
    return { totals, lists: new Lists(anonymous, file, totals, { swappiness, burstPages: 1_000 }) };
  };
  const OUTSIDE = { freePages: 0, highPages: 100, swap: true };

  test("pages that are read once stay inactive; the next use activates them", () => {
    const file = list("file", 10_000);
    const { lists } = listsOf(list("anonymous", 10_000), file);
    lists.plan(OUTSIDE, false);
    expect(lists.activeFilePages).toBe(0);
    touch(file, 10_000);
    lists.plan(OUTSIDE, false);
    expect(lists.activeFilePages / 10_000).toBeCloseTo(1 - Math.exp(-1), 6);
  });

  test("a page that comes in again to the active list is none that a use activated", () => {
    const file = list("file", 10_000);
    const [region] = file.regions as [Region];
    region.active.activation = 1;
    region.active.refault(0, 100);
    expect(region.active.settle(region)).toBe(0);
    expect(region.active.pages).toBe(100);
  });

  test("until pages come in again the idle pages' writes alone tell: swappiness 60 weighs an anonymous page as 0.22 of the file's", () => {
    const file = list("file", 10_000);
    touch(file, 7_000);
    const { lists } = listsOf(list("anonymous", 10_000), file, 60);
    const { anonymous, file: share } = lists.plan(OUTSIDE, false);
    expect(anonymous / share).toBeCloseTo(60 / 55 / (140 / 28), 2);
  });

  test("the first round over anonymous memory frees nothing, a second right after it all, a late one what was not used", () => {
    for (const [accesses, unused] of [
      [0, 1],
      [10_000, Math.exp(-1)],
    ] as const) {
      const anonymous = list("anonymous", 10_000);
      const { lists, totals } = listsOf(anonymous, new Residency([]));
      const plan = { anonymous: 1, file: 0, deactivateAnonymous: false, deactivateFile: false };
      expect(lists.yield(plan, 1, 1).anonymous).toBeLessThanOrEqual(1);
      lists.scanned(plan, 1, 0);
      touch(anonymous, accesses);
      totals.accesses += accesses;
      // All of the second round, in which what is not used comes by twice: it is written first.
      const found = lists.yield(plan, unused * 10_000, 1);
      expect(found.anonymous).toBeCloseTo(unused * 10_000, 3);
      expect(found.extent).toBeCloseTo(1 + unused, 3);
      clean(anonymous);
      expect(lists.yield(plan, unused * 10_000, 1).extent).toBeCloseTo(1, 3);
    }
  });

  test("what was used between the first two looks at a whole list is active; a scan takes of it what the inactive list lacks", () => {
    const anonymous = list("anonymous", 1_000);
    clean(anonymous);
    const { lists, totals } = listsOf(anonymous, new Residency([]));
    lists.lookedTwice(1_000, 0.9);
    expect(lists.activeAnonymousPages).toBeCloseTo(900, 9);
    touch(anonymous, 500);
    totals.accesses += 500;
    const plan = { anonymous: 1, file: 0, deactivateAnonymous: true, deactivateFile: false };
    const { extent } = lists.yield(plan, 20, 1);
    // Of 100 inactive pages 61 were not drawn in 500 draws of 1,000; so would be as many of those that come from the active list.
    expect(extent).toBeGreaterThan(20 / (900 * Math.exp(-0.5)));
    expect(extent).toBeLessThan(20 / (100 * Math.exp(-0.5)));
    const { inactive, active } = lists.scanned(plan, extent, 20);
    expect(inactive).toBeCloseTo(20 / Math.exp(-0.5), 0);
    // The scan takes of the active list what it holds on the way, which gets less and is added to.
    expect(active / (900 * extent)).toBeGreaterThan(0.8);
    expect(active / (900 * extent)).toBeLessThan(1);
    // Those that were found used, 39 of 100, are active again.
    expect(lists.activeAnonymousPages).toBeGreaterThan(900 * (1 - extent));
    expect(lists.activeAnonymousPages).toBeLessThan(900);
  });

  test("what the scan takes from the active list is inactive, whether it was used or not", () => {
    const file = list("file", 10_000);
    const { lists } = listsOf(list("anonymous", 10_000), file);
    touch(file, 50_000);
    lists.plan(OUTSIDE, false);
    const before = lists.activeFilePages;
    lists.scanned({ anonymous: 0, file: 1, deactivateAnonymous: false, deactivateFile: true }, 0.25, 0);
    expect(lists.activeFilePages).toBeCloseTo(0.75 * before, 6);
  });
});

describe("WasActive", () => {
  test("the first pages to go had not been active; those that were follow when the scan has gone over what was there before", () => {
    const flags = new WasActive();
    flags.deactivated(1_000, 3_000);
    flags.met({ scanned: 3_000, evicted: 3_000, activated: 0 }, 1_000);
    expect(flags.returned(1_000, 3_000, 1)).toBe(0);
    // Of the next ones half go, a quarter becomes active, a quarter goes back to the head.
    flags.met({ scanned: 1_000, evicted: 500, activated: 250 }, 0);
    expect(flags.returned(1_000, 2_500, 0.5)).toBeCloseTo(100, 9);
    flags.met({ scanned: 1_000, evicted: 1_000, activated: 0 }, 0);
    expect(flags.returned(2_500, 2_500, 1)).toBeCloseTo(300 + 250, 9);
  });

  test("what is used on the list leaves it, and those behind come to its tail sooner", () => {
    const flags = new WasActive();
    flags.deactivated(1_000, 3_000);
    flags.used(1_000, 4_000);
    flags.met({ scanned: 2_250, evicted: 2_250, activated: 0 }, 750);
    expect(flags.returned(2_250, 2_250, 1)).toBeCloseTo(0, 6);
    flags.met({ scanned: 750, evicted: 750, activated: 0 }, 0);
    expect(flags.returned(750, 750, 1)).toBeCloseTo(750, 6);
  });

  test("never more of them than there were", () => {
    const pages = fc.double({ min: 0, max: 1_000, noNaN: true });
    const step = fc.tuple(fc.constantFrom("deactivated", "used", "met", "returned"), pages, fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const flags = new WasActive();
        let [taken, told] = [0, 0];
        for (const [what, pages, share] of steps) {
          if (what === "deactivated") flags.deactivated(pages, 500);
          else if (what === "returned") told += flags.returned(pages, 500, share);
          else if (what === "used") flags.used(pages, 500 + pages);
          else flags.met({ scanned: pages, evicted: share * pages, activated: ((1 - share) * pages) / 2 }, 500);
          if (what === "deactivated") taken += pages;
        }
        expect(told).toBeLessThanOrEqual(taken + 1e-6);
        expect(told).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("ActiveAnonymous", () => {
  const going = { first: false, deactivate: true };

  test("a page that came in by itself becomes active when the scan has found it used twice", () => {
    const active = new ActiveAnonymous();
    expect(active.scan(1, 1, 1_000, { first: true, deactivate: true })).toEqual({ activated: 0, deactivated: 0 });
    expect(active.scan(0.5, 0.8, 1_000, going).activated).toBeCloseTo(400, 9);
    expect(active.of(1_000)).toBeCloseTo(400, 9);
    // Those that it takes back keep their mark: used once, they are active again.
    active.scan(1, 0, 1_000, going);
    expect(active.of(1_000)).toBe(0);
    expect(active.scan(1, 1, 1_000, going).activated).toBeCloseTo(400, 9);
  });

  test("in the long run holds u^2 of what is inactive, and what comes back near enough, u the share that the scan finds used", () => {
    const [used, near, resident] = [0.7, 0.4, 10_000];
    const active = new ActiveAnonymous();
    for (let i = 0; i < 20_000; i++) {
      const inactive = resident - active.of(resident);
      active.scan(0.01, used, resident, going);
      active.add(0.01 * (1 - used) * inactive * near);
    }
    const inactive = resident - active.of(resident);
    expect(active.of(resident) / inactive).toBeCloseTo(used * used + near * (1 - used), 2);
  });

  test("never holds more than there is", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.tuple(share, share, fc.double({ min: 0, max: 1_000, noNaN: true }), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const active = new ActiveAnonymous();
        for (const [part, used, resident, first, deactivate] of steps) {
          const before = active.of(resident);
          const { activated, deactivated } = active.scan(part, used, resident, { first, deactivate });
          expect(activated).toBeLessThanOrEqual(part * used * (resident - before) + 1e-9);
          expect(active.of(resident)).toBeCloseTo(before + activated - deactivated, 6);
          active.add((resident - before) / 2);
        }
      }),
    );
  });
});

/** So many pages were evicted or activated in so many accesses, since the first was gone. */
function aged(pages: number, accesses: number): Nonresident {
  const nonresident = new Nonresident(100);
  nonresident.pass(accesses, true);
  nonresident.note(pages, 1e15);
  return nonresident;
}

describe("Nonresident", () => {
  test("a stream comes back to a page after all others that are absent: near or far together", () => {
    const file = list("file", 10_000, { kind: "scan" });
    file.settle(6_000);
    const nonresident = aged(10_000, 10_000);
    nonresident.evicted(10_000, false, 1e15);
    nonresident.evicted(0, true, 1e15);
    // Each eviction of the file's pages comes with one other that ages them: 8,000 while 4,000 go.
    expect(nonresident.activation(file, 8_110)).toBe(1);
    expect(nonresident.activation(file, 7_890)).toBe(0);
    // Of those that went in one burst the first have all of it behind them.
    expect(nonresident.activation(file, 8_050)).toBeCloseTo(0.75, 9);
  });

  test("random draws come back at any time", () => {
    const file = list("file", 10_000);
    touch(file, 100_000);
    file.settle(6_000);
    const nonresident = aged(10_000, 10_000);
    nonresident.pass(1e6, true);
    nonresident.note(1e6, 1e15);
    expect(nonresident.activation(file, 10_000)).toBeCloseTo(1 - Math.exp(-1), 6);
  });

  test("none has been gone for longer than the first: all that come back soon after it went are near", () => {
    const file = list("file", 10_000);
    touch(file, 100_000);
    file.settle(6_000);
    const nonresident = aged(10_000, 10_000);
    expect(nonresident.activation(file, 10_000)).toBeCloseTo(1, 9);
    // Of those that come back within 10,000 accesses, so many do within half of that.
    expect(nonresident.activation(file, 5_000)).toBeCloseTo((1 - Math.exp(-0.5)) / (1 - Math.exp(-1)), 6);
    // Accesses while nothing is gone make nobody older.
    nonresident.pass(1e9, false);
    nonresident.pass(1, true);
    expect(nonresident.activation(file, 1)).toBe(1);
  });
});
