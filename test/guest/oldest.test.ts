/** Which pages of a guest the host's swapping takes, and what they cost when they are wanted back. */
import { describe, expect, test } from "vitest";
import type { Lives, RegionConfig } from "../../lib/scenario/scenario.ts";
import { Evictions } from "../../services/guest/eviction.ts";
import { ANONYMOUS, CACHE, FREE, KERNEL, Memory } from "../../services/guest/memory.ts";
import type { Region } from "../../services/guest/region.ts";
import { outAtTurn } from "../../services/guest/turn.ts";
import { Workload } from "../../services/guest/workload.ts";
import { guestOf } from "./fakehost.ts";

const region = (name: string, kind: RegionConfig["kind"], more: Partial<RegionConfig> = {}): RegionConfig => ({
  name,
  kind,
  pages: 10_000,
  law: { kind: "uniform" },
  writes: 0,
  weight: 1,
  ...more,
});

/** A guest whose regions are all resident and have been drawn from for `accesses`. */
function settled(regions: readonly RegionConfig[], accesses: number, victims: "random" | "lru", lives: Lives = "lru") {
  const load = { threads: 1, thinkNs: 1, touches: 1, restartNs: 0, phases: [], regions };
  const workload = new Workload(guestOf({ workload: load, replacement: { anonymous: lives, file: lives } }));
  const memory = new Memory(50_000);
  memory.grantUpTo(40_000);
  memory.take(KERNEL, 1_000);
  for (const list of [workload.anonymous, workload.file]) {
    for (const one of list.regions) {
      list.grow(one, one.config.pages);
      memory.take(one.anonymous ? ANONYMOUS : CACHE, one.config.pages);
    }
  }
  for (const one of workload.regions) {
    one.expect(accesses, false);
    one.advance(accesses, false, true);
  }
  return { workload, memory, evictions: new Evictions(memory, workload, { hostSwapVictims: victims }) };
}

describe("host swapping by recency", () => {
  const hot = region("hot", "anonymous", { weight: 100 });
  const cold = region("cold", "file", { weight: 1 });

  test("takes what was not touched for longest: the cold file, not the hot memory; at random it takes of both", () => {
    const lru = settled([hot, cold], 1e6, "lru");
    lru.evictions.upTo(4_000);
    expect(lru.memory.out(CACHE)).toBe(4_000);
    expect(lru.workload.file.outPages).toBeCloseTo(4_000, 0);
    expect([lru.memory.out(ANONYMOUS), lru.memory.out(KERNEL)]).toEqual([0, 0]);
    const random = settled([hot, cold], 1e6, "random");
    random.evictions.upTo(4_000);
    expect(random.memory.out(ANONYMOUS)).toBeGreaterThan(900);
    const returns = ({ workload }: typeof lru) => workload.regions.reduce((sum, one) => sum + one.returnRate, 0);
    expect(returns(random)).toBeGreaterThan(10 * returns(lru));
  });

  test("takes free pages before all others, and the kernel's last", () => {
    const { memory, evictions, workload } = settled([hot, cold], 1e6, "lru");
    workload.anonymous.settle(8_000);
    memory.give(ANONYMOUS, 2_000, 0);
    evictions.upTo(1_500);
    expect([memory.out(FREE), memory.out(ANONYMOUS), memory.out(CACHE)]).toEqual([1_500, 0, 0]);
    evictions.upTo(20_200);
    expect([memory.out(ANONYMOUS), memory.out(CACHE)]).toEqual([8_000, 10_000]);
    expect(memory.out(KERNEL)).toBeGreaterThan(0);
  });

  test.each(["lru", "random", 3] as const)("takes any number of what is never touched, bit by bit (%s)", (replacement) => {
    const lives = replacement === "random" ? 1 : replacement;
    const never = region("never", "anonymous", { law: { kind: "hotcold", hotShare: 0.1, hotAccesses: 1 } });
    const { workload, memory, evictions } = settled([never], 1e6, "lru", lives);
    const { freeBackedPages } = memory;
    for (let pages = 10; pages <= 8_000; pages += 10) evictions.upTo(freeBackedPages + pages);
    expect([memory.out(FREE), memory.out(ANONYMOUS)]).toEqual([freeBackedPages, 8_000]);
    expect(Math.abs(workload.anonymous.outPages - 8_000)).toBeLessThan(80);
  });

  test("a cyclic scan comes to the oldest pages: every touch returns, while at random many are still there", () => {
    const scan = region("scan", "file", { law: { kind: "scan" } });
    const [lru, random] = (["lru", "random"] as const).map((victims) => {
      const { workload, evictions } = settled([scan], 20_000, victims);
      evictions.upTo(5_000);
      return workload.regions[0] as Region;
    });
    expect(lru?.returnRate).toBeCloseTo(1, 6);
    expect(random?.returnRate).toBeCloseTo(outAtTurn((random?.outPages ?? 0) / 10_000), 6);
    expect(random?.returnRate).toBeGreaterThan((random?.outPages ?? 0) / 10_000);
  });
});

test("pages of a scan under random eviction are out at their turn with the non-zero root of m = 1 - exp(-m W / C)", () => {
  for (const [ratio, root] of [
    [1.1, 0.176],
    [1.25, 0.371],
    [1.5, 0.583],
    [2, 0.797],
    [3, 0.941],
  ] as const)
    expect(outAtTurn(1 - 1 / ratio)).toBeCloseTo(root, 2.9);
  expect([outAtTurn(0), outAtTurn(1)]).toEqual([0, 1]);
  for (const share of [1e-17, 1e-9, 1e-6, 1e-5]) expect(outAtTurn(share) / share).toBeCloseTo(2, 3);
});

test("a freed page that the host has swapped out costs a read when it is used again", () => {
  const memory = new Memory(10_000);
  memory.grantUpTo(6_000);
  memory.take(CACHE, 4_000);
  const evictions = new Evictions(memory, new Workload(guestOf()), { hostSwapVictims: "random" });
  memory.give(CACHE, 2_000, 0);
  evictions.upTo(3_000);
  const share = memory.staleShare;
  expect(share).toBeCloseTo(0.5, 5);
  expect(memory.take(ANONYMOUS, 1_000)).toBe(1_000);
  expect(Math.abs(memory.staleReadPages - 500)).toBeLessThanOrEqual(1);
  expect(memory.staleShare).toBeCloseTo(share, 2);
});
