/**
 * Invariants 1 and 2 in whole pages, over random hosts: two guests with random workloads, targets and phases
 * on one ledger, whose host grants late, little or nothing, evicts, and has a disk of any speed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import { poolOf } from "../../lib/scenario/compression.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { wakeFlusher } from "../../services/guest/background.ts";
import { noTotals } from "../../services/guest/counters.ts";
import { planOf } from "../../services/guest/demand.ts";
import type { SwappingHost } from "../../services/guest/eviction.ts";
import { Latencies } from "../../services/guest/latency.ts";
import { Machine } from "../../services/guest/machine.ts";
import type { Memory } from "../../services/guest/memory.ts";
import { compressedOf } from "../../services/guest/outpages.ts";
import { enterPhase } from "../../services/guest/phases.ts";
import { reportFreePages } from "../../services/guest/reporting.ts";
import { CompressedPool } from "../../services/hypervisor/compressedpool.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";
import { guest } from "./arbitrary.ts";

/** CI takes 10,000. */
const CASES = Number(process.env.AEROSTAT_CASES ?? 1_000);
const STEPS = 24;

interface Deed {
  /** Of the step. */
  readonly vm: number;
  readonly target: number | null;
  readonly evict: number | null;
  /** Shares of what is asked for that the host grants, and that the disk writes. */
  readonly granted: number;
  readonly written: number;
  readonly readNs: number;
  readonly lengthNs: number;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const often = fc.oneof(fc.constant(1), fc.constant(0), share);

const deed: fc.Arbitrary<Deed> = fc.record({
  vm: fc.nat(1),
  target: fc.option(share, { freq: 3 }),
  evict: fc.option(share, { freq: 3 }),
  granted: often,
  written: often,
  readNs: fc.constantFrom(20_000, 1_000_000, 50_000_000),
  lengthNs: fc.constantFrom(SECOND_NS / 10, SECOND_NS, 3 * SECOND_NS),
});

/** The pool is small, so that it spills. */
const HOSTS: readonly SwappingHost[] = [
  { hostSwapVictims: "random" },
  { hostSwapVictims: "random", compression: { on: true, share: 0.1, decompressNs: 6_400 } },
  { hostSwapVictims: "lru", compression: { on: true, share: 0.02, decompressNs: 6_400 } },
];

function machineOf(config: GuestConfig, host: SwappingHost): Machine {
  const machine = new Machine(config, noTotals(), new Latencies(), host);
  machine.booted = true;
  return machine;
}

/** One step of a guest and of its side of the ledger. */
function step(
  machine: Machine,
  vm: number,
  ledger: Ledger,
  pool: CompressedPool | undefined,
  nowNs: number,
  { granted, written, readNs, lengthNs }: Deed,
): void {
  const { memory } = machine;
  const plan = planOf(machine, lengthNs, readNs);
  ledger.grant(vm, Math.min(ledger.freePages, Math.floor(granted * Math.max(0, plan.machinePages - memory.creditPages))));
  memory.grantUpTo(ledger.grantedTotal(vm));
  machine.evictions.upTo(ledger.evictedTotal(vm), pool?.told(vm));
  const writes = (perS: number): number => (perS * written * lengthNs) / SECOND_NS;
  const service = {
    serviceNs: readNs,
    serviceVariation: 0,
    waitProbability: 0,
    waitNs: 0,
    waitShape: [],
    writeShare: written,
    swapWritePages: writes(plan.swapWritePagesPerS),
    fileWritePages: writes(plan.fileWritePagesPerS),
  };
  machine.run(nowNs, lengthNs, service, new Random(nowNs, "guest", "latency"));
  if (machine.killed) {
    machine.killed = false;
    machine.workload.running = true;
  }
}

/** Host swapping of so many pages: those that compress go into the pool, for its oldest where it is full. */
function evict(vm: number, pages: number, ledger: Ledger, pool: CompressedPool | undefined): void {
  ledger.evict(vm, pages);
  if (pool === undefined) return;
  const stored = pool.fitting(vm, pages);
  pool.add(vm, stored, Math.min(pool.held(vm), Math.max(0, stored - pool.room(vm))));
}

/** Both sides of the pool know the same. */
function checkPool(memory: Memory, vm: number, pool: CompressedPool): void {
  pool.settle(vm, compressedOf(memory.gone));
  pool.audit();
  expect(pool.held(vm)).toBe(memory.gone.compressedPages);
}

test(`${CASES} random hosts of two guests`, () => {
  fc.assert(
    fc.property(
      fc.tuple(guest, guest),
      fc.array(deed, { minLength: STEPS, maxLength: STEPS }),
      fc.constantFrom(10_000, 40_000, 200_000),
      fc.constantFrom(...HOSTS),
      (configs, deeds, machinePages, host) => {
        const ledger = new Ledger({ machinePages, reservedPages: 0, overheadPagesPerVm: 0, vms: 2 });
        const config = poolOf(host);
        const pool = config === undefined ? undefined : new CompressedPool(ledger, configs, config);
        const machines = configs.map((config) => machineOf(config, host));
        for (const vm of [0, 1]) ledger.open(vm, 0);
        let nowNs = 0;
        for (const [i, deed] of deeds.entries()) {
          const machine = machines[deed.vm] as Machine;
          const { memory, config } = machine;
          if (deed.target !== null) machine.balloon.order(Math.floor(deed.target * config.sizePages), i, nowNs);
          if (deed.evict !== null) evict(deed.vm, Math.floor(deed.evict * ledger.resident(deed.vm)), ledger, pool);
          const phase = config.workload.phases[i - 12];
          if (phase !== undefined) enterPhase(machine, phase);
          step(machine, deed.vm, ledger, pool, nowNs, deed);
          if (i % 5 === 4) wakeFlusher(machine);
          if (i % 7 === 6 && config.driver.freePageReporting) reportFreePages(machine);
          machine.audit();
          expect(ledger.settle(deed.vm, memory.releasedTotalPages, memory.evictedSeenTotalPages)).toBe(true);
          if (pool !== undefined) checkPool(memory, deed.vm, pool);
          ledger.auditAll();
          expect(memory.heldPages).toBe(ledger.resident(deed.vm));
          nowNs += deed.lengthNs;
        }
        expect(ledger.freePages + ledger.poolPages + ledger.resident(0) + ledger.resident(1)).toBe(machinePages);
      },
    ),
    { numRuns: CASES },
  );
}, 300_000);
