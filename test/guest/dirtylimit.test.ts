/** Writers are held to the disk's pace: the position between free run and limit against the kernel's formula. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MILLISECOND_NS, SECOND_NS } from "../../lib/units.ts";
import { DirtyLimit } from "../../services/guest/dirtylimit.ts";
import { Region } from "../../services/guest/region.ts";
import { ThreadPool } from "../../services/guest/threadpool.ts";

/** A miss is a read of its page alone. */
const ONE = { readsPerMiss: () => 1, pagesPerMiss: () => 1 };

const DIRTYABLE = 100_000;

function limitAt(dirtyPages: number): DirtyLimit {
  const limit = new DirtyLimit();
  limit.pass(SECOND_NS, dirtyPages, DIRTYABLE);
  return limit;
}

describe("the dirty limit", () => {
  test("lets writers keep pace with the disk halfway between 15 and 20 % of what may be dirty", () => {
    const limit = limitAt(0);
    // 1 + ((setpoint - dirty) / (limit - setpoint))^3, without wait up to the free run.
    expect(limit.ratio(15_000, DIRTYABLE)).toBe(Number.POSITIVE_INFINITY);
    expect(limit.ratio(16_250, DIRTYABLE)).toBeCloseTo(1.125, 9);
    expect(limit.ratio(17_500, DIRTYABLE)).toBe(1);
    expect(limit.ratio(18_750, DIRTYABLE)).toBeCloseTo(0.875, 9);
    expect(limit.ratio(20_000, DIRTYABLE)).toBe(0);
    expect(limit.ratio(30_000, DIRTYABLE)).toBe(0);
  });

  test("never speeds writers up as more is dirty", () => {
    const pages = fc.double({ min: 15_001, max: 40_000, noNaN: true });
    fc.assert(
      fc.property(pages, pages, (a, b) => {
        const limit = limitAt(0);
        expect(limit.ratio(Math.max(a, b), DIRTYABLE)).toBeLessThanOrEqual(limit.ratio(Math.min(a, b), DIRTYABLE));
      }),
    );
  });

  test("comes down by 1/32 each 200 ms where memory has become less, and not below what is dirty", () => {
    const limit = limitAt(17_000);
    limit.pass(200 * MILLISECOND_NS, 17_000, DIRTYABLE / 2);
    // From 20,000 towards 17,000, and the free run is 7,500.
    const after = 17_000 + 3_000 * Math.exp(-1 / 32);
    const half = (after - 7_500) / 2;
    expect(limit.ratio(17_000, DIRTYABLE / 2)).toBeCloseTo(1 + ((7_500 + half - 17_000) / half) ** 3, 9);
  });
});

describe("a pool of writers", () => {
  const region = new Region({ name: "f", kind: "file", pages: 1_000, law: { kind: "uniform" }, writes: 0.5, weight: 1 });
  region.setShare(1);
  region.grow(1_000);
  const pool = new ThreadPool({ threads: 2 }, { thinkNs: 1_000, ownNs: 0 }, [region], ONE);
  const around = { readNs: 0, swapPageNs: 0, fileReadNs: 0, cpus: Number.POSITIVE_INFINITY };

  test("makes as many pages dirty as it may, and works freely on those that are", () => {
    pool.want({ ...around, dirtyPerNs: Number.POSITIVE_INFINITY });
    expect(pool.perNs).toBeCloseTo(2 / 1_000, 12);
    pool.want({ ...around, dirtyPerNs: 1e-4 });
    expect(pool.perNs * 0.5).toBeCloseTo(1e-4, 12);
    region.marked.fill(900 / region.marked.length);
    const clean = region.pages.reduce((sum, pages, i) => sum + Math.max(0, pages - (region.marked[i] as number)), 0) / 1_000;
    pool.want({ ...around, dirtyPerNs: 1e-5 });
    expect(pool.perNs * 0.5 * clean).toBeCloseTo(1e-5, 12);
  });

  test("waits no longer than 200 ms for a page", () => {
    pool.want({ ...around, dirtyPerNs: 0 });
    const clean = region.pages.reduce((sum, pages, i) => sum + Math.max(0, pages - (region.marked[i] as number)), 0) / 1_000;
    expect(2 / pool.perNs).toBeCloseTo(0.5 * clean * 200 * MILLISECOND_NS, 0);
  });
});
