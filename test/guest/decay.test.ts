/** The model's exp(-x) against the platform's. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decayOf, meanDecayOf } from "../../services/guest/decay.ts";

test("is within 1e-14 of exp(-x)", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 40, noNaN: true }), (x) => {
      expect(Math.abs(decayOf(x) / Math.exp(-x) - 1)).toBeLessThan(1e-14);
    }),
    { numRuns: 20_000 },
  );
});

test("does not jump from step to step, and is exact at its ends", () => {
  for (let step = 1; step < 3_600; step++) {
    const x = (step * Math.LN2) / 64;
    for (const near of [x * (1 - 1e-15), x, x * (1 + 1e-15)]) expect(Math.abs(decayOf(near) / Math.exp(-near) - 1)).toBeLessThan(1e-14);
  }
  expect(decayOf(0)).toBe(1);
  expect(decayOf(Number.MIN_VALUE)).toBe(1);
  expect(decayOf(41)).toBe(0);
  expect(decayOf(Number.POSITIVE_INFINITY)).toBe(0);
  expect(decayOf(Number.NaN)).toBeNaN();
});

test("its mean up to x is the integral over x", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 60, noNaN: true }), (x) => {
      expect(Math.abs((meanDecayOf(x) * x) / -Math.expm1(-x) - 1)).toBeLessThan(1e-6);
    }),
  );
  expect([meanDecayOf(0), meanDecayOf(Number.POSITIVE_INFINITY)]).toEqual([1, 0]);
});
