/** Demands that stand for several steps are at the disk in each of them, until they end or the VM asks anew. */
import { expect, test } from "vitest";
import { type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import { FaultKind, type StepDemand } from "../../lib/wire/messages.ts";
import { guestConfig, MS, S, type ScriptedGuest, STEP_NS, scenarioOf, World } from "./world.ts";

const READS: Partial<StepDemand> = { threads: 1, thinkNs: STEP_NS / 20, swapReadShare: 1 };

const WRITES: Partial<StepDemand> = { swapWritePagesPerS: 2000, fileWritePagesPerS: 500 };

/** Operations counted at the disk in each second, of a VM that asks so in the steps for which `ask` answers. */
function countsOf(count: "diskReads" | "diskWrites", ask: (step: number) => Partial<StepDemand> | undefined): number[] {
  const step = {
    step: (guest: { steps: number; demand: (...of: never[]) => void }, context: never) => {
      const change = ask(guest.steps);
      if (change !== undefined) (guest.demand as (...of: unknown[]) => void)(context, 0, change);
    },
  };
  const world = new World(scenarioOf([guestConfig("vm-1")]), [step as never]);
  world.kernel.runUntil(6 * S);
  return world.monitor.of("hostSample").map((sample) => sample[count]);
}

const readsOf = (ask: (step: number) => Partial<StepDemand> | undefined): number[] => countsOf("diskReads", ask);

test("one demand for ten steps writes as much as ten demands", () => {
  const each = countsOf("diskWrites", (step) => (step >= 10 && step < 40 ? WRITES : undefined));
  const standing = countsOf("diskWrites", (step) => (step >= 10 && step < 40 && step % 10 === 0 ? { ...WRITES, steps: 10 } : undefined));
  expect(Math.max(...each)).toBeGreaterThan(50);
  standing.forEach((writes, second) => {
    expect(writes).toBeCloseTo(each[second] as number, 6);
  });
});

test("one demand for ten steps reads as much as ten demands", () => {
  const each = readsOf((step) => (step >= 10 && step < 40 ? READS : undefined));
  const standing = readsOf((step) => (step >= 10 && step < 40 && step % 10 === 0 ? { ...READS, steps: 10 } : undefined));
  expect(Math.max(...each)).toBeGreaterThan(150);
  expect(standing.length).toBe(each.length);
  standing.forEach((reads, second) => {
    expect(reads).toBeCloseTo(each[second] as number, 6);
  });
});

test("a new demand takes the place of one that stands", () => {
  const replaced = readsOf((step) => {
    if (step === 10) return { ...READS, steps: 1000 };
    return step === 20 ? {} : undefined;
  });
  expect(replaced.at(1)).toBeGreaterThan(100);
  expect(replaced.at(-1)).toBe(0);
});

test("what a VM asked does not outlast its lease", () => {
  const script = {
    step: (guest: ScriptedGuest, context: Context) => {
      if (guest.incarnation === 1 && guest.steps === 10) guest.demand(context, 0, { ...READS, steps: 1000 });
    },
  };
  const world = new World(scenarioOf([guestConfig("vm-1")]), [script]);
  // It is back before the host's next tick.
  world.fault(2_030 * MS, FIRST_GUEST, 1, FaultKind.FAULT_KIND_CRASH, true);
  world.fault(2_050 * MS, FIRST_GUEST, 1, FaultKind.FAULT_KIND_CRASH, false);
  world.run(6 * S);
  const reads = world.monitor.of("hostSample").map((sample) => sample.diskReads);
  expect(reads.at(1)).toBeGreaterThan(100);
  expect(reads.at(-1)).toBe(0);
});
