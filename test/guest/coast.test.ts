/** Guests that do little: they exchange little with their host, and what they do comes to the same. */
import { expect, test } from "vitest";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { type Bench, benchOf, guestOf, type HostOptions, STEP_NS } from "./fakehost.ts";

const MS = 1_000_000;

/** Back to full size after a squeeze; the pages in swap come back one rare touch after another. */
function recovering(stepMs: number): Bench {
  const base = guestOf();
  const workload = { ...base.workload, threads: 1, thinkNs: 100 * MS };
  const act: HostOptions["act"] = (host, nowNs) => {
    if (nowNs === 10_000 * MS + (stepMs * MS) / 4) host.setTarget(90_000);
    if (nowNs === 20_000 * MS + (stepMs * MS) / 4) host.setTarget(262_144);
  };
  return benchOf({ ...base, workload }, { act, stepNs: stepMs * MS }, { stepNs: stepMs * MS });
}

test("rare reads: one demand a second stands for all its steps", () => {
  const bench = recovering(100).to(30);
  expect(bench.monitor.last.swappedPages).toBeGreaterThan(1000);
  const asked = bench.host.demands.length;
  bench.to(60);
  const demands = bench.host.demands.slice(asked);
  expect(demands.length).toBe(30);
  for (const demand of demands) expect(demand.steps).toBe(10);
  expect(bench.monitor.sum("swapInPages", 30, 60)).toBeGreaterThan(0);
});

test("many reads: one demand a second stands while each takes as long as the one before, else one a step", () => {
  const base = guestOf();
  const workload = { ...base.workload, threads: 16, thinkNs: 400 * MS };
  const bench = benchOf({ ...base, workload }, { stepNs: 100 * MS }, { stepNs: 100 * MS });
  const target = (pages: number): NonNullable<HostOptions["act"]> => {
    const nowNs = bench.host.context.nowNs;
    return (host, atNs) => {
      if (atNs > nowNs && host.target.pages !== pages) host.setTarget(pages);
    };
  };
  bench.to(10).host.options.act = target(90_000);
  bench.to(20).host.options.act = target(262_144);
  bench.to(30);
  bench.host.options.serviceNs = 8 * MS;
  bench.to(32);
  const asked = bench.host.demands.length;
  bench.to(36);
  const steady = bench.host.demands.slice(asked);
  expect(steady.length).toBe(4);
  for (const { thinkNs } of steady) expect((8 * MS) / (thinkNs + 8 * MS)).toBeGreaterThan(0.02);
  bench.host.options.act = (host) => {
    host.options.serviceNs *= 1.05;
  };
  bench.to(38);
  expect(bench.host.demands.length - asked - 4).toBeGreaterThanOrEqual(10);
});

test("as many pages come back as in a guest that asks in each of its steps", () => {
  // Steps of a second: a demand stands for one step, as there is no shorter one.
  const back = (bench: Bench): number => {
    const missing = bench.to(25).monitor.last.swappedPages;
    return bench.to(85).monitor.sum("swapInPages", 25) / missing;
  };
  const [coasting, stepping] = [back(recovering(100)), back(recovering(1000))];
  expect(coasting).toBeGreaterThan(0.02);
  expect(Math.abs(coasting / stepping - 1)).toBeLessThan(0.03);
});

test("a target ends it at the next step's start", () => {
  const bench = recovering(100).to(40);
  const [asked, told] = [bench.host.demands.length, bench.host.reports.length];
  const again: HostOptions["act"] = (host, nowNs) => {
    if (nowNs === 40_325 * MS) host.setTarget(200_000);
  };
  bench.host.options.act = again;
  bench.to(41);
  expect(bench.host.demands.length - asked).toBeGreaterThan(4);
  // The step that was cut short is committed at its start, the balloon moves in it.
  const [last] = bench.host.reports.slice(told).flatMap(({ body }) => ("doneAtNs" in body && body.doneAtNs > 0 ? [body.doneAtNs] : []));
  const movingNs = ((262_144 - 200_000) / guestOf().driver.inflatePagesPerS) * 1e9;
  expect((last as number) - movingNs).toBeGreaterThanOrEqual(40_400 * MS);
  expect((last as number) - movingNs).toBeLessThanOrEqual(40_500 * MS);
});

/** A program larger than its memory, and a disk that takes few writes; every second answer takes `unsteady` longer than the others. */
function thrashing(unsteady: number): Bench {
  const base = guestOf();
  const workload = { ...base.workload, threads: 16, thinkNs: 40 * MS };
  let longer = false;
  const act: HostOptions["act"] = (host, nowNs) => {
    if (nowNs === 10_000 * MS + STEP_NS / 4) host.setTarget(100_000);
    longer = !longer;
    host.options.serviceNs = 4 * MS * (longer ? 1 + unsteady / 2 : 1 - unsteady / 2);
  };
  return benchOf({ ...base, workload }, { act, writePagesPerS: 2000 });
}

test("a guest that swaps steadily asks less than half as often, and swaps as one that asks in each of its steps", () => {
  const [steady, stepping] = [thrashing(0), thrashing(0.05)].map((bench) => {
    const asked = bench.to(60).host.demands.length;
    const demands = bench.to(120).host.demands.length - asked;
    const of = (name: "swapInPages" | "swapOutPages" | "operations" | "stalledNs") => bench.monitor.sum(name, 60, 120);
    return { demands, figures: [of("swapInPages"), of("swapOutPages"), of("operations"), of("stalledNs")] };
  }) as [{ demands: number; figures: number[] }, { demands: number; figures: number[] }];
  expect(stepping.demands).toBeGreaterThan(550);
  expect(steady.demands).toBeLessThan(stepping.demands / 2);
  expect(Math.min(...stepping.figures.slice(0, 3))).toBeGreaterThan(1000);
  for (const [i, figure] of steady.figures.entries())
    expect(Math.abs(figure - (stepping.figures[i] as number))).toBeLessThan(0.02 * (stepping.figures[i] as number) + 1);
});

test("a lost grant costs a step, not a second", () => {
  const bench = recovering(100).to(39.95);
  bench.host.options.act = (host, nowNs) => {
    host.silent = nowNs < 40_100 * MS;
  };
  const asked = bench.host.demands.length;
  bench.to(42);
  expect(bench.monitor.sum("linkStallNs", 39, 42)).toBe(100 * MS);
  expect(bench.host.demands.length - asked).toBeLessThanOrEqual(4);
});

test("a phase in its midst changes nothing of the time before it", () => {
  const base = guestOf();
  const heap = (pages: number) => ({ heap: { pages } });
  const phases = [
    { atNs: 40_500 * MS, name: "more", regions: heap(140_000) },
    { atNs: 60_000 * MS, name: "end" },
  ];
  const workload = { ...base.workload, threads: 1, thinkNs: 100 * MS, phases };
  const act: HostOptions["act"] = (host, nowNs) => {
    if (nowNs === 10_000 * MS + STEP_NS / 4) host.setTarget(90_000);
    if (nowNs === 20_000 * MS + STEP_NS / 4) host.setTarget(262_144);
  };
  const bench = benchOf({ ...base, workload }, { act }).to(39.95);
  const asked = bench.host.demands.length;
  bench.to(42);
  expect(bench.host.demands[asked]?.steps).toBe(10);
  // No machine pages were asked for in the step in which it grows.
  expect(bench.monitor.sum("stalledNs", 40, 42)).toBeLessThan(150 * MS);
});

test("a guest that only dirties its cache is quiet between two wakes of its flusher", () => {
  const files = { name: "files", kind: "file", pages: 65_536, law: { kind: "uniform" }, writes: 0.01, weight: 1 } as const;
  const base = guestOf();
  const guest: GuestConfig = { ...base, workload: { ...base.workload, threads: 1, thinkNs: 10 * MS, regions: [files] } };
  const bench = benchOf(guest).to(120);
  const asked = bench.host.demands.length;
  bench.to(180);
  // A wake each 4 to 5 s, and one demand for each.
  const demands = bench.host.demands.length - asked;
  expect(demands).toBeGreaterThanOrEqual(12);
  expect(demands).toBeLessThanOrEqual(15);
  // 100 operations a second of 10 touches, one in a hundred a write: what is dirtied is written, some 30 s later.
  expect(bench.monitor.sum("fileWritePages", 120, 180) / 60).toBeCloseTo(10, 0);
  expect(bench.monitor.last.cacheDirtyPages).toBeGreaterThan(200);
  expect(bench.monitor.last.cacheDirtyPages).toBeLessThan(400);
});
