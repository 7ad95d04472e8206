/** Pressure averages in a guest's statistics are those of its stall total, taken every 2 s (vectors: test/policies/vectors.test.ts). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stallOf } from "../../services/guest/pressure.ts";
import { PsiAverages } from "../../services/guest/psi.ts";
import { benchOf, guestOf } from "./fakehost.ts";

test("a squeezed guest tells its averages; a guest at rest tells 0", () => {
  const { host } = benchOf(guestOf(), {
    act: (bench, nowNs) => {
      if (nowNs === 10_025_000_000) bench.setTarget(98_304);
    },
  }).to(60);
  const [some, full] = [new PsiAverages(), new PsiAverages()];
  let highest = 0;
  for (const stats of host.stats.filter(({ freePages }) => freePages !== undefined)) {
    some.update(stats.takenAtNs, stats.psiSomeTotalNs as number);
    full.update(stats.takenAtNs, stats.psiFullTotalNs as number);
    const told = [stats.psiSomeAvg10, stats.psiSomeAvg60, stats.psiSomeAvg300, stats.psiFullAvg10, stats.psiFullAvg60, stats.psiFullAvg300];
    expect(told).toEqual([...some.percent, ...full.percent]);
    highest = Math.max(highest, stats.psiSomeAvg10 as number);
  }
  expect(host.stats.length).toBeGreaterThan(50);
  expect(host.stats.find(({ takenAtNs }) => takenAtNs === 8e9)?.psiSomeAvg10).toBe(0);
  expect(highest).toBeGreaterThan(10);
});

const share = fc.double({ min: 0, max: 1.5, noNaN: true });

test("full is at most some, and some at most the time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), share, share, share, (threads, stalled, running, workers) => {
      const times = { stalledNs: stalled * threads * 1e6, runningNs: running * threads * 1e6, workersNs: workers * 1e6 };
      const { someNs, fullNs } = stallOf(times, threads, 1e6);
      expect(fullNs).toBeGreaterThanOrEqual(0);
      expect(fullNs).toBeLessThanOrEqual(someNs * (1 + 1e-9) + 1e-6);
      expect(someNs).toBeLessThanOrEqual(1e6);
    }),
  );
});

test("who waits for a device or sleeps does not keep a stall from being full, who could run does", () => {
  const times = { stalledNs: 1e6, runningNs: 0, workersNs: 0 };
  expect(stallOf({ ...times, stalledNs: 5e5 }, 1, 1e6)).toEqual({ someNs: 5e5, fullNs: 5e5 });
  const { someNs, fullNs } = stallOf(times, 4, 1e6);
  expect(fullNs).toBeCloseTo(someNs, 3);
  expect(stallOf({ ...times, runningNs: 3e6 }, 4, 1e6).fullNs).toBeLessThan(0.01 * someNs);
  // kswapd at work is a stall whatever the threads do.
  expect(stallOf({ stalledNs: 0, runningNs: 1e6, workersNs: 1e6 }, 1, 1e6)).toEqual({ someNs: 1e6, fullNs: 0 });
});

test("reads of pages that were never active are no memory stall: a file read in a cycle that does not fit", () => {
  const base = guestOf();
  const files = { name: "files", kind: "file", pages: 300_000, law: { kind: "scan" }, writes: 0, weight: 1 } as const;
  const bench = benchOf({ ...base, workload: { ...base.workload, regions: [files] } }).to(60);
  const late = bench.monitor.samples.slice(40);
  expect(Math.min(...late.map(({ refaultPages }) => refaultPages))).toBeGreaterThan(1_000);
  expect(Math.max(...late.map(({ psiSomeNs }) => psiSomeNs))).toBe(0);
});
