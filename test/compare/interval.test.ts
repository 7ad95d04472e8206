import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimate, studentT } from "../../cli/compare/interval.ts";

describe("Student's t", () => {
  // Of printed tables, two-sided 95 %.
  test.each([
    [1, 12.706],
    [2, 4.303],
    [9, 2.262],
    [30, 2.042],
    [31, 2.0395],
    [40, 2.0211],
    [60, 2.0003],
    [120, 1.9799],
    [1_000_000, 1.95997],
  ])("with %i degrees of freedom is %f", (freedom, quantile) => {
    expect(studentT(freedom)).toBeCloseTo(quantile, 3);
  });
});

describe("an estimate", () => {
  test("of the textbook's ten values", () => {
    // Mean 5, squares sum to 38: 2.2622 * sqrt(38 / 9 / 10).
    const { mean, plusMinus, n } = estimate([2, 3, 4, 4, 4, 5, 5, 7, 8, 8]);
    expect({ mean, n }).toEqual({ mean: 5, n: 10 });
    expect(plusMinus).toBeCloseTo(1.47, 3);
  });

  test("leaves out what was not measured, and says how many there were", () => {
    expect(estimate([null, null])).toEqual({ mean: null, plusMinus: null, n: 0 });
    expect(estimate([null, 7])).toEqual({ mean: 7, plusMinus: null, n: 1 });
    expect(estimate([null, 7, 7])).toEqual({ mean: 7, plusMinus: 0, n: 2 });
  });

  test("moves and stretches with its values", () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), (some, factor) => {
        const one = estimate(some);
        const other = estimate(some.map((value) => factor * value + 1));
        expect(other.mean).toBeCloseTo(factor * (one.mean as number) + 1, 6);
        expect(other.plusMinus).toBeCloseTo(factor * (one.plusMinus as number), 6);
      }),
    );
  });
});
