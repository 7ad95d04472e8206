/** The two page identities hold after every event, whatever the workload, the host and the balloon do. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../lib/errors.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { auditMemory } from "../../services/guest/audit.ts";
import { Evictions } from "../../services/guest/eviction.ts";
import { ANONYMOUS, CACHE, FREE, KERNEL, Memory } from "../../services/guest/memory.ts";
import { Workload } from "../../services/guest/workload.ts";
import { guest } from "./arbitrary.ts";
import { benchOf, type FakeHost, guestOf, HOST } from "./fakehost.ts";

interface Deed {
  readonly kind: "target" | "evict" | "scan" | "silent" | "blocked" | "restart";
  readonly amount: number;
}

const deeds = fc.array(
  fc.option(
    fc.record({
      kind: fc.constantFrom(
        "target" as const,
        "target" as const,
        "evict" as const,
        "evict" as const,
        "scan" as const,
        "scan" as const,
        "silent" as const,
        "blocked" as const,
        "restart" as const,
      ),
      amount: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ),
  { minLength: 30, maxLength: 30 },
);

function carryOut(host: FakeHost, config: GuestConfig, deed: Deed): void {
  switch (deed.kind) {
    case "target":
      host.setTarget(Math.floor(config.sizePages * deed.amount));
      return;
    case "evict":
      host.evict(Math.floor(host.ledger.resident(0) * deed.amount * 0.5));
      return;
    case "scan":
      host.scan(Math.floor(host.ledger.resident(0) * deed.amount * 3));
      return;
    case "silent":
      host.silent = deed.amount < 0.5;
      return;
    case "blocked":
      host.blocked = deed.amount < 0.5;
      return;
    case "restart":
      host.restart();
  }
}

test("random guests, targets, grants, evictions, silences and host restarts", () => {
  fc.assert(
    fc.property(
      guest,
      deeds,
      fc.constantFrom(20_000, 60_000, 1 << 20),
      fc.constantFrom(0, 500, 20_000),
      fc.constantFrom("random" as const, "lru" as const),
      fc.constantFrom(undefined, 0.02, 0.1),
      (config, script, machinePages, writePagesPerS, hostSwapVictims, share) => {
        const act = (host: FakeHost, nowNs: number): void => {
          const deed = script[Math.floor((nowNs - 3e9) / 4e8)];
          if (nowNs > 3e9 && Math.floor((nowNs / 1e8) % 4) === 0 && deed != null) carryOut(host, config, deed);
          if (nowNs > 16e9) {
            host.silent = false;
            host.blocked = false;
          }
        };
        const pool = share === undefined ? {} : { compression: { on: true, share, decompressNs: 6_400 } };
        const bench = benchOf(config, { machinePages, writePagesPerS, act }, { host: { ...HOST, hostSwapVictims, ...pool } }).to(24);
        const { samples, last } = bench.monitor;
        for (const s of samples) {
          const sum = s.kernelPages + s.balloonPages + s.freePages + s.anonymousPages + s.cacheCleanPages + s.cacheDirtyPages;
          expect(sum).toBe(config.sizePages);
          expect(s.operations).toBeLessThanOrEqual(s.unpressedOperations * (1 + 1e-9) + 1e-9);
          for (const value of [s.operations, s.psiSomeNs, s.stalledNs, s.swapInPages]) expect(value).toBeGreaterThanOrEqual(0);
          for (const stallNs of [s.psiSomeNs, s.stalledNs, s.linkStallNs, s.blockedNs]) expect(stallNs).toBeLessThanOrEqual(s.intervalNs);
          expect(s.psiFullNs).toBeLessThanOrEqual(s.psiSomeNs);
        }
        // Every figure that the host refused would be a guest that gave back more than it had.
        expect(bench.host.refused).toBe(0);
        expect(last.heldPages).toBeLessThanOrEqual(machinePages);
        expect(last.compressedPages).toBe(bench.host.pool?.held(0) ?? 0);
        expect(bench.host.ledger.sharedPages).toBeLessThanOrEqual(bench.host.sharing.sharingPages);
      },
    ),
    { numRuns: 200 },
  );
}, 240_000);

const evictions = (memory: Memory): Evictions => new Evictions(memory, new Workload(guestOf()), { hostSwapVictims: "random" });

describe("the account", () => {
  const filled = (): Memory => {
    const memory = new Memory(10_000);
    memory.grantUpTo(5_000);
    memory.take(KERNEL, 1_000);
    memory.take(ANONYMOUS, 2_000);
    memory.take(CACHE, 1_000);
    memory.give(CACHE, 400, 0);
    return memory;
  };

  test("finds a page that is counted twice, and one that is held without a grant", () => {
    const twice = filled();
    auditMemory(twice);
    twice.balloonPages++;
    expect(() => auditMemory(twice)).toThrow(InvariantViolation);
    const stolen = filled();
    stolen.creditPages++;
    expect(() => auditMemory(stolen)).toThrow(/guest-held/);
  });

  test("allocates backed pages first, then from the credit, and no more", () => {
    const memory = filled();
    expect([memory.freeBackedPages, memory.creditPages]).toEqual([400, 1_000]);
    expect(memory.take(ANONYMOUS, 300)).toBe(300);
    expect([memory.freeBackedPages, memory.creditPages]).toEqual([100, 1_000]);
    expect(memory.take(ANONYMOUS, 5_000)).toBe(1_100);
    expect([memory.freeBackedPages, memory.creditPages]).toEqual([0, 0]);
    auditMemory(memory);
  });

  test("the balloon returns the machine pages behind what it takes, and gives back untouched ones", () => {
    const memory = filled();
    memory.inflate(1_000);
    expect([memory.releasedTotalPages, memory.freeBackedPages]).toEqual([400, 0]);
    const untouched = memory.untouchedPages;
    memory.deflate(600);
    expect(memory.untouchedPages).toBe(untouched + 600);
    auditMemory(memory);
  });

  test("pages freed one by one lie on the per-CPU lists, up to their limit, and are taken from there first", () => {
    const memory = new Memory(1_000, 100);
    memory.grantUpTo(1_000);
    memory.inflate(400);
    memory.deflate(60);
    expect(memory.perCpu.pages).toBe(60);
    memory.deflate(200);
    expect(memory.perCpu.pages).toBe(100);
    memory.take(ANONYMOUS, 30);
    expect(memory.perCpu.pages).toBe(70);
    memory.inflate(90);
    expect(memory.perCpu.pages).toBe(0);
    memory.give(ANONYMOUS, 10, 0);
    expect([memory.perCpu.pages, memory.freePages]).toEqual([10, 750]);
    auditMemory(memory);
  });

  test("host swapping hits every kind in proportion; reading back costs the credit; stale pages cost a read for nothing", () => {
    const memory = filled();
    const held = memory.heldPages;
    evictions(memory).upTo(2_500);
    expect(memory.heldPages).toBe(held - 2_500);
    expect([memory.out(ANONYMOUS), memory.out(CACHE)]).toEqual([1_000, 300]);
    expect([memory.out(KERNEL), memory.out(FREE), memory.creditPages]).toEqual([500, 200, 500]);
    expect(memory.readBack(ANONYMOUS, 600)).toBe(500);
    auditMemory(memory);
    memory.grantUpTo(5_300);
    memory.take(CACHE, 400);
    expect([memory.staleReadPages, memory.out(FREE)]).toEqual([200, 0]);
    auditMemory(memory);
  });

  test("an eviction total that falls gives pages back", () => {
    const memory = filled();
    evictions(memory).upTo(2_500);
    const before = memory.hostSwappedPages;
    evictions(memory).upTo(2_400);
    expect(memory.hostSwappedPages).toBe(before - 100);
    auditMemory(memory);
  });
});
