/**
 * Invariants 1 and 2 in whole pages, over random hosts: two guests with random workloads, targets and phases
 * on one ledger, whose host grants late, little or nothing, evicts, and has a disk of any speed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { wakeFlusher } from "../../services/guest/background.ts";
import { noTotals } from "../../services/guest/counters.ts";
import { planOf } from "../../services/guest/demand.ts";
import { Latencies } from "../../services/guest/latency.ts";
import { Machine } from "../../services/guest/machine.ts";
import { reportFreePages } from "../../services/guest/reporting.ts";
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

function machineOf(config: GuestConfig): Machine {
  const machine = new Machine(config, noTotals(), new Latencies(), "random");
  machine.booted = true;
  return machine;
}

/** One step of a guest and of its side of the ledger. */
function step(machine: Machine, vm: number, ledger: Ledger, nowNs: number, { granted, written, readNs, lengthNs }: Deed): void {
  const { memory } = machine;
  const plan = planOf(machine, lengthNs, readNs);
  ledger.grant(vm, Math.min(ledger.freePages, Math.floor(granted * Math.max(0, plan.machinePages - memory.creditPages))));
  memory.grantUpTo(ledger.grantedTotal(vm));
  machine.evictions.upTo(ledger.evictedTotal(vm));
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

test(`${CASES} random hosts of two guests`, () => {
  fc.assert(
    fc.property(
      fc.tuple(guest, guest),
      fc.array(deed, { minLength: STEPS, maxLength: STEPS }),
      fc.constantFrom(10_000, 40_000, 200_000),
      (configs, deeds, machinePages) => {
        const ledger = new Ledger({ machinePages, reservedPages: 0, overheadPagesPerVm: 0, vms: 2 });
        const machines = configs.map(machineOf);
        for (const vm of [0, 1]) ledger.open(vm, 0);
        let nowNs = 0;
        for (const [i, deed] of deeds.entries()) {
          const machine = machines[deed.vm] as Machine;
          const { memory, config } = machine;
          if (deed.target !== null) machine.balloon.order(Math.floor(deed.target * config.sizePages), i, nowNs);
          if (deed.evict !== null) ledger.evict(deed.vm, Math.floor(deed.evict * ledger.resident(deed.vm)));
          const phase = config.workload.phases[i - 12];
          if (phase !== undefined) machine.enter(phase);
          step(machine, deed.vm, ledger, nowNs, deed);
          if (i % 5 === 4) wakeFlusher(machine);
          if (i % 7 === 6 && config.driver.freePageReporting) reportFreePages(machine);
          machine.audit();
          expect(ledger.settle(deed.vm, memory.releasedTotalPages, memory.evictedSeenTotalPages)).toBe(true);
          ledger.auditAll();
          expect(memory.heldPages).toBe(ledger.resident(deed.vm));
          nowNs += deed.lengthNs;
        }
        expect(ledger.freePages + ledger.resident(0) + ledger.resident(1)).toBe(machinePages);
      },
    ),
    { numRuns: CASES },
  );
}, 300_000);
