import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRate, parseShare, parseSize, parseTime, Refusal, showSize, showTime } from "../../lib/scenario/schema/units.ts";

describe("sizes and times", () => {
  test("known values", () => {
    expect(parseSize("4GiB")).toBe(4 * 2 ** 30);
    expect(parseSize(" 1.5 MiB ")).toBe(1.5 * 2 ** 20);
    expect(parseTime("200ms")).toBe(2e8);
    expect(parseTime("1.5h")).toBe(5400e9);
    expect(parseTime("7d")).toBe(604_800e9);
    expect(parseTime("3µs")).toBe(3000);
    expect(parseRate("1GiB/s")).toBe(2 ** 18);
    expect(parseRate("1B/s")).toBe(1);
  });

  test("what is shown reads back as the same, for whole bytes and nanoseconds of any size", () => {
    const units = [1, 2 ** 10, 2 ** 20, 2 ** 30];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(...units), (count, unit) => {
        expect(parseSize(showSize(count * unit))).toBe(count * unit);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(1, 1e3, 1e6, 1e9, 60e9), (count, unit) => {
        expect(parseTime(showTime(count * unit))).toBe(count * unit);
      }),
    );
  });

  test("a number without a unit is always refused, and so is a text that is no quantity", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.integer().map(String)), (value) => {
        expect(() => parseSize(value)).toThrow(Refusal);
        expect(() => parseTime(value)).toThrow(Refusal);
        expect(() => parseRate(value)).toThrow(Refusal);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseSize, parseTime]) {
          try {
            expect(Number.isSafeInteger(parse(text)) || parse(text) > 2 ** 53).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
        }
      }),
    );
  });

  test("a unit of one dimension is none of the other, nor are names of Object.prototype", () => {
    for (const text of ["1s", "1constructor", "1toString"]) expect(() => parseSize(text)).toThrow(/unknown unit/);
    for (const text of ["1MiB", "1valueOf"]) expect(() => parseTime(text)).toThrow(/unknown unit/);
  });
});

describe("shares", () => {
  test("a number and a percentage are the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        expect(parseShare(`${percent}%`)).toBe(parseShare(percent / 100));
      }),
    );
  });

  test.each([-0.1, 1.1, "101%", "50", Number.NaN, true])("%j is refused", (value) => {
    expect(() => parseShare(value)).toThrow(/is not a share/);
  });
});
