/** What becomes of a guest's books when memory is freed, and of what its driver tells before it is there. */
import { describe, expect, test } from "vitest";
import { noTotals } from "../../services/guest/counters.ts";
import { Latencies } from "../../services/guest/latency.ts";
import { Lists } from "../../services/guest/lists.ts";
import { Machine } from "../../services/guest/machine.ts";
import { ANONYMOUS } from "../../services/guest/memory.ts";
import { hasReportable, reportFreePages } from "../../services/guest/reporting.ts";
import { SharedPages } from "../../services/guest/sharedpages.ts";
import { benchOf, guestOf, HOST } from "./fakehost.ts";

const SIZE = 262_144;

function machineOf(change: Parameters<typeof guestOf>[0] = {}): Machine {
  const machine = new Machine(guestOf(change), noTotals(), new Latencies(), HOST);
  machine.booted = true;
  machine.up();
  return machine;
}

test("active anonymous pages go with the memory that is freed, and what comes after an end was never looked at", () => {
  const machine = machineOf();
  const { anonymous, file } = machine.workload;
  const [region] = anonymous.regions;
  if (region === undefined) throw new Error("it has a heap");
  anonymous.grow(region, 100_000);
  const totals = noTotals();
  const lists = new Lists(anonymous, file, totals, { swappiness: 60, burstPages: 1_000 });
  const marks = { freePages: 1_000, highPages: 10_000, swap: true };
  /** Half of the pages or so are touched, and the scan goes over the list once at most. */
  const scan = (): number => {
    region.expect(100_000, false);
    region.advance(100_000, false, true);
    totals.accesses += 100_000;
    const plan = lists.plan(marks, false);
    lists.scanned(plan, 1 / plan.anonymous, 0);
    return lists.activeAnonymousPages;
  };
  // A list's first scan finds every page with the reference of its first touch, and marks those that were used since.
  expect(scan()).toBe(0);
  for (let round = 0; round < 5; round++) scan();
  const active = scan();
  expect(active).toBeGreaterThan(10_000);
  lists.freed(0.7);
  expect(lists.activeAnonymousPages).toBeCloseTo(0.7 * active, 6);
  lists.freed(0);
  expect(lists.activeAnonymousPages).toBe(0);
  expect(scan()).toBe(0);
});

test("shared pages that the OOM killer frees are written no more", () => {
  const contents = { zero: 0.2, duplicate: 0, common: 0.3, overlap: 1 };
  const base = guestOf().workload;
  const regions = base.regions.map((region) => ({ ...region, contents }));
  const machine = machineOf({ workload: { ...base, regions }, swapPages: 0 });
  machine.memory.grantUpTo(SIZE);
  machine.workload.anonymous.grow(machine.workload.regions[0] as (typeof machine.workload.regions)[0], 100_000);
  machine.memory.take(ANONYMOUS, 100_000);
  machine.sharing.scan(100_000, 1);
  expect(machine.sharing.breakRate).toBeGreaterThan(0);
  expect(machine.outOfMemory(100)).toBe(true);
  expect(machine.sharing.breakRate).toBe(0);
});

test("shared contents keep to their mix in any number of small parts", () => {
  const shared = new SharedPages();
  const mix = { zero: 0.1, duplicate: 0.2, common: 0 };
  for (let i = 0; i < 399; i++) shared.add(1, i % 13, mix);
  expect(shared.of("common")).toBe(0);
  expect(Math.abs(shared.of("zero") - shared.pages / 3)).toBeLessThan(1);
  expect(shared.sound).toBe(true);
});

test("free page reporting goes over the whole free list in about 30 s", () => {
  const machine = machineOf({ sizePages: 1_048_576 });
  machine.memory.grantUpTo(1_000_000);
  machine.memory.take(ANONYMOUS, 950_000);
  machine.memory.give(ANONYMOUS, 950_000, 0);
  let passes = 0;
  for (; machine.memory.freeBackedPages >= 512; passes++) {
    expect(hasReportable(machine)).toBe(true);
    reportFreePages(machine);
  }
  // A pass in 2 s.
  expect([14, 15, 16]).toContain(passes);
});

describe("a driver's statistics", () => {
  test("say nothing before the driver is loaded", () => {
    const bench = benchOf(guestOf({ bootNs: 4_000_000_000 })).to(10);
    const [first] = bench.host.stats;
    expect(first).toEqual({ actualPages: SIZE, takenAtNs: first?.takenAtNs, action: 0 });
    expect(bench.host.stats.filter(({ freePages }) => freePages === undefined).length).toBeGreaterThanOrEqual(3);
    expect(bench.host.stats.at(-1)?.freePages).toBeGreaterThan(0);
  });
});

describe("a guest whose host has no frames for it", () => {
  test("stands still, and its own pressure figures know nothing of it", () => {
    const stall = { evicted: false };
    const bench = benchOf(guestOf(), {
      act: (host, nowNs) => {
        if (nowNs === 10_025_000_000) host.setTarget(98_304);
        if (nowNs < 60_000_000_000 || stall.evicted) return;
        stall.evicted = true;
        host.evict(60_000);
        Object.defineProperty(host.ledger, "freePages", { get: () => 0 });
      },
    }).to(58);
    const squeezed = bench.monitor.samples.length;
    bench.to(80);
    const last = bench.monitor.samples.slice(squeezed + 10);
    const sum = (name: "stalledNs" | "psiFullNs" | "operations"): number => last.reduce((all, sample) => all + sample[name], 0);
    expect(sum("operations")).toBeLessThan(1);
    expect(sum("stalledNs")).toBeGreaterThan(0.9e9 * last.length);
    expect(sum("psiFullNs")).toBe(0);
  });
});
