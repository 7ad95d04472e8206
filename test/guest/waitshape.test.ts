/** The shape of a wait: what is drawn from its quantiles has the mean and the square that are claimed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { KNOTS, normalise, squareOf, waitAt } from "../../lib/waitshape.ts";

const DRAWS = 20_000;

function moments(shape: readonly number[]): { mean: number; square: number } {
  let [mean, square] = [0, 0];
  for (let i = 0; i < DRAWS; i++) {
    const wait = waitAt(shape, (i + 0.5) / DRAWS);
    mean += wait / DRAWS;
    square += (wait * wait) / DRAWS;
  }
  return { mean, square };
}

test("no quantiles, and those of an exponential wait, are an exponential wait", () => {
  expect(squareOf([])).toBe(2);
  expect(squareOf(KNOTS)).toBeCloseTo(2, 12);
  for (const longer of [0.99, 0.5, 0.01, 1e-5]) expect(waitAt(KNOTS, longer)).toBeCloseTo(waitAt([], longer), 12);
});

test("any quantiles are made to have a mean of 1", () => {
  const rises = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: KNOTS.length, maxLength: KNOTS.length });
  fc.assert(
    fc.property(rises, (steps) => {
      fc.pre(steps.some((step) => step > 0.01));
      let sum = 0;
      const shape = Float64Array.from(steps, (step) => {
        sum += step;
        return sum;
      });
      normalise(shape);
      const { mean, square } = moments(Array.from(shape));
      expect(Math.abs(mean - 1)).toBeLessThan(0.02);
      expect(Math.abs(square / squareOf(Array.from(shape)) - 1)).toBeLessThan(0.1);
    }),
  );
});
