/** Pools of threads: each at its own pace, and all on the same CPUs (services/guest/threadpool.ts). */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RegionConfig } from "../../lib/scenario/scenario.ts";
import type { ThreadsConfig } from "../../lib/scenario/threads.ts";
import { Region } from "../../services/guest/region.ts";
import { runPools, ThreadPool } from "../../services/guest/threadpool.ts";
import { Threads } from "../../services/guest/threads.ts";

/** A miss is a read of its page alone. */
const ONE = { readsPerMiss: () => 1, pagesPerMiss: () => 1 };

const PLAIN: RegionConfig = { name: "data", kind: "file", pages: 1_000, law: { kind: "uniform" }, writes: 0, weight: 1 };

function regionMissing(missRate: number, own?: ThreadsConfig): Region {
  const region = new Region(own === undefined ? PLAIN : { ...PLAIN, own });
  region.setShare(1);
  region.missRate = missRate;
  return region;
}

function poolOf(config: ThreadsConfig, missRate: number): ThreadPool {
  const times = { thinkNs: config.thinkNs as number, ownNs: config.touchNs as number };
  return new ThreadPool(config, times, [regionMissing(missRate)], ONE);
}

test("a paced thread keeps its schedule while its reads leave it time, another one does not", () => {
  const config = { threads: 2, thinkNs: 100_000, touchNs: 1_000 };
  const [paced, plain] = [poolOf({ ...config, paced: true }, 0.05), poolOf(config, 0.05)];
  runPools([paced, plain], { readNs: 1_000_000, swapPageNs: 0, fileReadNs: 0, cpus: 8, dirtyPerNs: Number.POSITIVE_INFINITY });
  expect(paced.perNs).toBeCloseTo(2 / 100_000, 12);
  expect(plain.perNs).toBeCloseTo(2 / 150_000, 12);
  runPools([paced, plain], { readNs: 4_000_000, swapPageNs: 0, fileReadNs: 0, cpus: 8, dirtyPerNs: Number.POSITIVE_INFINITY });
  expect(paced.perNs).toBeCloseTo(2 / 201_000, 12);
});

test("CPUs are shared fairly: nobody gets more than it wants, and who gets less has as much per thread as any other", () => {
  const pool = fc.record({
    threads: fc.integer({ min: 1, max: 8 }),
    thinkNs: fc.integer({ min: 1_000, max: 1_000_000 }),
    missRate: fc.double({ min: 0, max: 0.5, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(pool, { minLength: 1, maxLength: 4 }), fc.double({ min: 0.1, max: 4, noNaN: true }), (configs, cpus) => {
      const pools = configs.map(({ threads, thinkNs, missRate }) => poolOf({ threads, thinkNs, touchNs: thinkNs }, missRate));
      const around = { readNs: 100_000, swapPageNs: 50_000, fileReadNs: 20_000, cpus, dirtyPerNs: Number.POSITIVE_INFINITY };
      for (const each of pools) each.want(around);
      const wanted = pools.map((each) => each.cpus);
      runPools(pools, around);
      const sum = pools.reduce((total, each) => total + each.cpus, 0);
      expect(sum).toBeLessThanOrEqual(cpus * (1 + 1e-9));
      const most = Math.max(...pools.map((each) => each.cpus / each.threads));
      for (const [i, each] of pools.entries()) {
        const full = each.cpus >= (wanted[i] as number) * (1 - 1e-9);
        expect(full || each.cpus / each.threads >= most * (1 - 1e-9)).toBe(true);
        if (!full) expect(sum).toBeGreaterThan(cpus * (1 - 1e-9));
      }
    }),
  );
});

test("shares of accesses follow what each pool gets done", () => {
  const fast = regionMissing(0, { threads: 1, thinkNs: 100_000 });
  const slow = regionMissing(0, { threads: 1, thinkNs: 100_000 });
  const workload = { threads: 0, thinkNs: 100_000, touches: 1, regions: [], phases: [], restartNs: 0 };
  const threads = new Threads(workload, undefined, [fast, slow], ONE);
  expect([fast.share, slow.share]).toEqual([0.5, 0.5]);
  expect(threads.unpressedPerNs).toBeCloseTo(2 / 100_000, 12);
  slow.missRate = 0.5;
  threads.mix({ readNs: 100_000, swapPageNs: 0, fileReadNs: 0, cpus: 1, dirtyPerNs: Number.POSITIVE_INFINITY });
  expect(fast.share).toBeCloseTo(2 / 3, 9);
  expect(threads.count / (threads.times.thinkNs + (1 / 3) * 100_000)).toBeCloseTo(1.5 / 100_000, 12);
});
