/** Policies that look at one guest: Senpai, Hyper-V's demand, self-ballooning. And the kernel's pressure averages. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { PsiAverages } from "../../services/guest/psi.ts";
import { assign, type BalancedVm } from "../../services/hypervisor/policies/hyperv/balancer.ts";
import { wantedMemory } from "../../services/hypervisor/policies/hyperv/demand.ts";
import {
  selfballoonFloorKib,
  selfballoonTargetKib,
  xenballoondFloorKib,
  xenballoondTargetKib,
} from "../../services/hypervisor/policies/self-balloon/goal.ts";
import { Senpai } from "../../services/hypervisor/policies/senpai/feedback.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SECOND_NS = 1_000_000_000;

const DEFAULTS = {
  pressureUs: 10_000,
  intervalTicks: 6,
  minimumBytes: 100 * MIB,
  maximumBytes: 100 * GIB,
  maxProbe: 0.01,
  maxBackoff: 1,
  probeCoefficient: 10,
  backoffCoefficient: 20,
};

test("Senpai: a quiet guest loses 1 % each interval, 20 times the wanted pressure doubles its limit at once", () => {
  const senpai = new Senpai(DEFAULTS);
  let limit = senpai.tick(0, 4 * GIB, GIB);
  expect(limit).toBe(GIB);
  const limits: number[] = [];
  for (let tick = 0; tick < 12; tick++) {
    limit = senpai.tick(0, limit, GIB);
    limits.push(limit);
  }
  expect(limits.slice(0, 5)).toEqual(new Array(5).fill(GIB));
  expect(limits[5]).toBe(Math.floor((GIB * 0.99) / 4096) * 4096);
  expect(limits[11]).toBe(Math.floor(((limits[5] as number) * 0.99) / 4096) * 4096);
  expect(senpai.tick(200_001, limit, GIB)).toBe(2 * limit);
  expect(senpai.integralUs).toBe(0);
});

test("Senpai: at the wanted pressure the probe is small; a foreign write or a reboot starts it again", () => {
  const senpai = new Senpai({ ...DEFAULTS, intervalTicks: 1 });
  const start = senpai.tick(0, GIB, GIB);
  // A tenth of the coefficient, squared: a hundredth of the largest probe.
  expect(senpai.tick(10_000, start, GIB)).toBe(Math.floor((GIB * 0.9999) / 4096) * 4096);
  expect(senpai.tick(20_000, 3 * GIB, 2 * GIB)).toBe(2 * GIB);
  expect(senpai.tick(5_000, 2 * GIB, GIB / 2)).toBe(GIB / 2);
});

test("Senpai: property: the limit stays in bounds and on whole pages, and at most doubles or loses 1 %", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 60 }), (stalls) => {
      const senpai = new Senpai(DEFAULTS);
      let total = 0;
      let limit = senpai.tick(0, GIB, GIB);
      for (const stallUs of stalls) {
        total += stallUs;
        const next = senpai.tick(total, limit, GIB);
        expect(next % 4096).toBe(0);
        expect(next).toBeGreaterThanOrEqual(DEFAULTS.minimumBytes);
        expect(next).toBeLessThanOrEqual(Math.min(DEFAULTS.maximumBytes, 2 * limit));
        expect(next).toBeGreaterThanOrEqual(Math.max(limit * 0.99 - 4096, DEFAULTS.minimumBytes));
        limit = next;
      }
    }),
  );
});

test("Hyper-V: Microsoft's example", () => {
  expect(wantedMemory(1000, 20, 0, 4000)).toBe(1200);
  expect(wantedMemory(1000, 20, 0, 1100)).toBe(1100);
});

const anyVms = fc.array(
  fc
    .record({
      demand: fc.integer({ min: 0, max: 4000 }),
      minimum: fc.integer({ min: 32, max: 500 }),
      range: fc.integer({ min: 0, max: 4000 }),
      weight: fc.integer({ min: 0, max: 100 }),
    })
    .map(({ range, ...vm }) => ({ ...vm, maximum: vm.minimum + range })),
  { minLength: 1, maxLength: 8 },
);

test("Hyper-V: property: between minimum and wanted, within what is available, more weight is never less memory", () => {
  fc.assert(
    fc.property(
      anyVms,
      fc.integer({ min: 0, max: 20_000 }),
      fc.constantFrom("pressure" as const, "priority" as const),
      (vms, available, mode) => {
        const assigned = assign(vms, available, 20, mode);
        const minima = vms.reduce((sum, { minimum }) => sum + minimum, 0);
        expect(assigned.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(Math.max(available, minima) + 1e-6);
        for (const [i, vm] of vms.entries()) {
          expect(assigned[i]).toBeGreaterThanOrEqual(vm.minimum);
          expect(assigned[i]).toBeLessThanOrEqual(wantedMemory(vm.demand, 20, vm.minimum, vm.maximum) + 1e-9);
        }
        const [first] = vms as [BalancedVm];
        const [light, heavy] = assign([first, { ...first, weight: first.weight + 10 }], available, 20, mode) as [number, number];
        expect(heavy).toBeGreaterThanOrEqual(light - 1e-9);
      },
    ),
    { numRuns: 500 },
  );
});

test("Hyper-V: under contention equal VMs have equal pressure, or the heavier is served first", () => {
  const vm = { demand: 1000, minimum: 100, maximum: 4000, weight: 50 };
  const [a, b] = assign([vm, { ...vm, demand: 500 }], 900, 20, "pressure") as [number, number];
  expect(1000 / a).toBeCloseTo(500 / b, 8);
  expect(assign([vm, { ...vm, weight: 80 }], 1500, 20, "priority")).toEqual([300, 1200]);
});

test("self-ballooning: up at once, down by a tenth, not below the floor, not above the cap", () => {
  const options = { downHysteresis: 10, upHysteresis: 1, softMaximumKib: 1536 * 1024, mode: "normal" as const };
  const state = { currentKib: 1_000_000, committedKib: 500_000, largestKib: 2_097_152 };
  expect(xenballoondTargetKib(state, options)).toBe(960_000);
  expect(xenballoondTargetKib({ ...state, committedKib: 1_000_000 }, options)).toBe(1_200_000);
  expect(xenballoondTargetKib({ ...state, committedKib: 9_000_000 }, options)).toBe(1536 * 1024);
  expect(xenballoondTargetKib({ ...state, committedKib: 0 }, { ...options, mode: "emergency" })).toBe(xenballoondFloorKib(2_097_152));
  expect(xenballoondTargetKib({ ...state, committedKib: 0 }, { ...options, mode: "freeze" })).toBe(1_000_000);
  expect(xenballoondFloorKib(1024 * 1024)).toBe((104 + 128) * 1024);
  expect(xenballoondFloorKib(4 * 1024 * 1024)).toBe((296 + 128) * 1024);
});

test("self-ballooning in the kernel: an eighth of the way down, floors by size", () => {
  const options = { downHysteresis: 8, upHysteresis: 1, reserveKib: 10_000 };
  const state = { currentKib: 1_000_000, committedKib: 590_000, largestKib: 2_097_152 };
  expect(selfballoonTargetKib(state, options)).toBe(950_000);
  expect(selfballoonTargetKib({ ...state, committedKib: 9_000_000 }, options)).toBe(2_097_152);
  expect([8, 32, 256, 2048].map((mib) => selfballoonFloorKib(mib * 1024) / 1024)).toEqual([8, 32, 72, 163]);
});

test("pressure averages: 100 % prints 18.11 3.27 0.68 first; missed periods decay; stall beyond a period is carried over", () => {
  const averages = new PsiAverages();
  averages.update(SECOND_NS, SECOND_NS);
  expect(averages.fixed).toEqual([0, 0, 0]);
  averages.update(2 * SECOND_NS, 2 * SECOND_NS);
  expect(averages.text).toEqual(["18.11", "3.27", "0.68"]);
  const carried = new PsiAverages();
  carried.update(2 * SECOND_NS, 4 * SECOND_NS);
  carried.update(4 * SECOND_NS, 4 * SECOND_NS);
  const steady = new PsiAverages();
  for (const s of [2, 4]) steady.update(s * SECOND_NS, s * SECOND_NS);
  expect(carried.fixed).toEqual(steady.fixed);
  const late = new PsiAverages();
  late.update(2 * SECOND_NS, 2 * SECOND_NS);
  late.update(10 * SECOND_NS, 2 * SECOND_NS);
  const byHand = new PsiAverages();
  byHand.sample(0, 2 * SECOND_NS, 2 * SECOND_NS);
  byHand.sample(3, 0, 2 * SECOND_NS);
  expect(late.fixed).toEqual(byHand.fixed);
  expect(late.percent[0]).toBeLessThan(18.11);
});
