/** The host's compressed pool as a guest feels it: what is in it, what a touch costs, and what makes pages leave it. */
import { describe, expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import type { PopularityLaw, RegionConfig } from "../../lib/scenario/scenario.ts";
import { auditMemory } from "../../services/guest/audit.ts";
import { Evictions } from "../../services/guest/eviction.ts";
import { ANONYMOUS, FREE, Memory } from "../../services/guest/memory.ts";
import { Workload } from "../../services/guest/workload.ts";
import { benchOf, type FakeHost, guestOf, HOST } from "./fakehost.ts";

const PAGES = 10_000;
const POOL = { compression: { on: true, share: 0.1, decompressNs: 6_400 } };

/** A guest of one region, all of it resident. */
function settled(law: PopularityLaw) {
  const heap: RegionConfig = { name: "heap", kind: "anonymous", pages: PAGES, law, writes: 0, weight: 1 };
  const workload = new Workload(guestOf({ workload: { threads: 1, thinkNs: 1, touches: 1, restartNs: 0, phases: [], regions: [heap] } }));
  const memory = new Memory(20_000);
  memory.grantUpTo(PAGES);
  const [region] = workload.regions;
  if (region === undefined) throw new Error("no region");
  workload.anonymous.grow(region, PAGES);
  memory.take(ANONYMOUS, PAGES);
  return { workload, memory, region, evictions: new Evictions(memory, workload, { hostSwapVictims: "random", ...POOL }) };
}

const ROUNDS = 400;
const PER_ROUND = 200;
const MOST = 1_000;

/** Share of the touches of pages that are out which the pool serves, in the second half of the run: the model's. */
function modelled(law: PopularityLaw, accesses: number): number {
  const { memory, region, evictions } = settled(law);
  let [evicted, stored, spilled, granted] = [0, 0, 0, PAGES];
  let [returns, unzips] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    evicted += PER_ROUND;
    stored += PER_ROUND;
    spilled += Math.max(0, memory.gone.compressedPages + PER_ROUND - MOST);
    evictions.upTo(evicted, { storedTotalPages: stored, spilledTotalPages: spilled });
    region.expect(accesses, false);
    if (round >= ROUNDS / 2) {
      returns += region.expectedReturns;
      unzips += region.expectedUnzips;
    }
    const back = Math.min(memory.out(ANONYMOUS), Math.round(region.expectedReturns));
    const pooled = Math.round(region.expectedUnzips);
    region.advance(accesses, false, true);
    granted += back;
    memory.grantUpTo(granted);
    memory.readBack(ANONYMOUS, back, pooled);
    evictions.ages?.fit();
    auditMemory(memory);
  }
  return unzips / returns;
}

/** The same, page by page: victims at random, the pool a queue. */
function simulated(weights: readonly number[], accesses: number): number {
  const random = new Random(1, "compression", "pages");
  const sums: number[] = [];
  for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight);
  const all = sums.at(-1) as number;
  const out = new Uint8Array(PAGES);
  const pool = new Set<number>();
  let [returns, unzips] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    for (let left = PER_ROUND; left > 0; ) {
      const page = Math.floor(random.uniform() * PAGES);
      if (out[page] === 1) continue;
      out[page] = 1;
      pool.add(page);
      left--;
    }
    for (const page of pool) {
      if (pool.size <= MOST) break;
      pool.delete(page);
    }
    for (let i = 0; i < accesses; i++) {
      const page = indexOf(sums, random.uniform() * all);
      if (out[page] === 0) continue;
      const pooled = pool.delete(page);
      out[page] = 0;
      if (round < ROUNDS / 2) continue;
      returns++;
      if (pooled) unzips++;
    }
  }
  return unzips / returns;
}

function indexOf(sums: readonly number[], value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

describe("which touches the pool serves, while the host swaps at random", () => {
  const hotcold = (share: number, accesses: number): number[] =>
    Array.from({ length: PAGES }, (_, i) => (i < share * PAGES ? accesses / share : (1 - accesses) / (1 - share)));
  const zipf = (exponent: number): number[] => Array.from({ length: PAGES }, (_, i) => Math.exp(-exponent * Math.log(i + 1)));
  test.each<[string, PopularityLaw, number[], number]>([
    ["uniform", { kind: "uniform" }, Array.from({ length: PAGES }, () => 1), 1_000],
    ["hot and cold", { kind: "hotcold", hotShare: 0.2, hotAccesses: 0.95 }, hotcold(0.2, 0.95), 2_000],
    ["hot and cold, hardly touched", { kind: "hotcold", hotShare: 0.2, hotAccesses: 0.95 }, hotcold(0.2, 0.95), 500],
    ["Zipf 1", { kind: "zipf", exponent: 1 }, zipf(1), 2_000],
  ])("%s: as page by page", (_name, law, weights, accesses) => {
    const [ours, theirs] = [modelled(law, accesses), simulated(weights, accesses)];
    expect(Math.abs(ours - theirs)).toBeLessThan(0.025);
  });
});

describe("a guest whose host has a pool", () => {
  const uniform = guestOf();
  const region = { ...uniform.workload.regions[0], law: { kind: "uniform" } } as RegionConfig;
  const once = (act: (host: FakeHost) => void) => (host: FakeHost, nowNs: number) => {
    if (nowNs >= 10e9 && nowNs < 10.1e9) act(host);
  };
  const run = (compressible: { half: number; quarter: number }, toS: number, phases = uniform.workload.phases) => {
    const config = guestOf({ compressible, workload: { ...uniform.workload, regions: [region], phases } });
    const act = once((host) => {
      host.evict(50_000);
      host.context.send(3, "stepGrant", host.standing());
    });
    return benchOf(config, { act, serviceNs: 5_000_000 }, { host: { ...HOST, ...POOL } }).to(toS);
  };

  test("touches pages there for microseconds and without the disk", () => {
    const [without, withPool] = [run({ half: 0, quarter: 0 }, 30), run({ half: 0, quarter: 1 }, 30)];
    const work = ({ monitor }: typeof without) => monitor.sum("operations", 10, 20);
    expect(without.monitor.sum("decompressedPages")).toBe(0);
    expect(without.monitor.sum("hostSwapInPages")).toBeGreaterThan(10_000);
    // A tenth of the VM in quarters is more than was taken: nothing is read, and nothing is left behind but what the kernel seldom touches.
    expect(withPool.monitor.sum("hostSwapInPages")).toBe(0);
    expect(withPool.monitor.sum("decompressedPages")).toBeGreaterThan(40_000);
    expect(work(withPool)).toBeGreaterThan(4 * work(without));
    expect(withPool.monitor.last.stalledNs).toBeLessThan(without.monitor.last.stalledNs);
  });

  test("has no page there any more once it has no use for them: freed, then ballooned", () => {
    const bench = run({ half: 0, quarter: 1 }, 10.5, [{ atNs: 10.35e9, name: "done", threads: 0, regions: { heap: { pages: 1_000 } } }]);
    const { pool } = bench.host;
    if (pool === undefined) throw new Error("no pool");
    bench.to(12);
    const freed = pool.held(0);
    expect(bench.monitor.last.compressedPages).toBe(freed);
    expect(freed).toBeGreaterThan(10_000);
    bench.host.setTarget(25_000);
    bench.to(30);
    expect(pool.held(0)).toBeLessThan(freed / 4);
    expect(pool.held(0)).toBe(bench.monitor.last.compressedPages);
    expect(bench.monitor.last.balloonPages).toBeGreaterThan(200_000);
  });
});

describe("the account of pages that are out", () => {
  const filled = () => {
    const memory = new Memory(20_000);
    memory.grantUpTo(10_000);
    memory.take(ANONYMOUS, 8_000);
    return { memory, evictions: new Evictions(memory, new Workload(guestOf()), { hostSwapVictims: "random", ...POOL }) };
  };

  test("knows what is compressed, frees it in proportion, and forgets what is overwritten", () => {
    const { memory, evictions } = filled();
    evictions.upTo(5_000, { storedTotalPages: 2_500, spilledTotalPages: 0 });
    // A fifth of what went was credit, which has no contents.
    expect([memory.out(ANONYMOUS), memory.gone.compressed(ANONYMOUS), memory.gone.droppedTotalPages]).toEqual([4_000, 2_000, 500]);
    memory.give(ANONYMOUS, 4_000, 2_000);
    expect([memory.out(FREE), memory.gone.compressed(FREE)]).toEqual([2_000, 1_000]);
    memory.inflate(4_000);
    expect([memory.gone.compressedPages, memory.gone.droppedTotalPages]).toEqual([1_000, 1_500]);
    expect(memory.hostSwappedPages).toBe(1_000);
    auditMemory(memory);
  });

  test("spills as it hears, and takes back what had left before", () => {
    const { memory, evictions } = filled();
    evictions.upTo(5_000, { storedTotalPages: 2_500, spilledTotalPages: 0 });
    memory.grantUpTo(14_000);
    memory.readBack(ANONYMOUS, 1_500, 1_500);
    evictions.upTo(5_000, { storedTotalPages: 2_500, spilledTotalPages: 900 });
    // The host spilled 900 where 500 were left.
    expect([memory.gone.compressedPages, memory.gone.spilledTotalPages]).toEqual([0, 500]);
    evictions.upTo(5_000, { storedTotalPages: 2_500, spilledTotalPages: 400 });
    expect([memory.gone.compressedPages, memory.gone.spilledTotalPages]).toEqual([100, 400]);
    auditMemory(memory);
  });
});
