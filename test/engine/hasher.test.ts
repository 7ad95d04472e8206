import { expect, test } from "vitest";
import { Hasher } from "../../lib/engine/hasher.ts";

const hashed = (...values: number[]): string => {
  const hasher = new Hasher();
  for (const value of values) hasher.number(value);
  return hasher.hex();
};

test("a zero is a zero, and any other difference is one", () => {
  expect(hashed(-0)).toBe(hashed(0));
  const values = [0, 1, -1, 1 + Number.EPSILON, Number.MIN_VALUE, 2 ** 53, Number.POSITIVE_INFINITY];
  expect(new Set(values.map((value) => hashed(value))).size).toBe(values.length);
  expect(hashed(1, 2)).not.toBe(hashed(2, 1));
});

test("NaN, whose bits are the platform's, is a defect of who has it", () => {
  expect(() => hashed(Number.NaN)).toThrow(expect.objectContaining({ code: "AERO_E_ACTOR" }));
  expect(() => hashed(Number.NaN)).toThrow("is a number");
});
