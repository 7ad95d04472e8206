/** What slowdown is measured against: the program with all the memory that it asks for. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import type { GuestSample } from "../../lib/wire/messages.ts";
import { type Bench, benchOf, guestOf } from "./fakehost.ts";

const MS = 1_000_000;

/** Its heap is touched at the boot, and grows at 10 s. */
function growing(threads: number, phasePages: number): GuestConfig {
  const base = guestOf();
  const phases = [{ atNs: 10_000 * MS, name: "grow", regions: { heap: { pages: phasePages } } }];
  return { ...base, workload: { ...base.workload, threads, thinkNs: 2 * MS, phases } };
}

function doneBy(bench: Bench): { done: number; unpressed: number; stalledNs: number } {
  const sum = (name: keyof GuestSample): number => bench.monitor.sum(name);
  return { done: sum("operations"), unpressed: sum("unpressedOperations"), stalledNs: sum("stalledNs") };
}

test("a program that the host starves of memory is measured against itself with that memory", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 131_072, max: 240_000 }),
      fc.integer({ min: 4_096, max: 120_000 }),
      (threads, phasePages, machinePages) => {
        const guest = growing(threads, phasePages);
        const rich = doneBy(benchOf(guest).to(20));
        const poor = doneBy(benchOf(guest, { machinePages }).to(20));
        expect(Math.abs(rich.unpressed / rich.done - 1)).toBeLessThan(1e-3);
        expect(Math.abs(poor.unpressed / rich.done - 1)).toBeLessThan(2e-3);
        expect(poor.done).toBeLessThan(0.9 * rich.done);
        // Each of the missing operations is a thread that stood still, for the guest's kernel no pressure.
        expect(Math.abs(poor.stalledNs / (20e9 * (1 - poor.done / rich.done)) - 1)).toBeLessThan(0.15);
      },
    ),
    { numRuns: 8 },
  );
});

test("growth that waits for the guest's own memory does not lower it either", () => {
  const guest = { ...growing(1, 240_000), sizePages: 180_000, swapPages: 200_000 };
  const swapping = doneBy(benchOf(guest, { writePagesPerS: 2_000 }).to(20));
  expect(swapping.done).toBeLessThan(0.8 * swapping.unpressed);
  expect(Math.abs(swapping.unpressed / doneBy(benchOf(growing(1, 240_000)).to(20)).done - 1)).toBeLessThan(2e-3);
});
