/** The waits at the device are numbers, whatever was solved before. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import { Waits } from "../../services/hypervisor/waits.ts";

const STEPS = 300;

/** Waits of readers and of writers while a flow of writes dies away. */
function fading(preset: keyof typeof DISK_PRESETS, threads: number, left: number): number[] {
  const waits = new Waits(DISK_PRESETS[preset], 2);
  let perNs = 1e-6;
  return Array.from({ length: STEPS }, () => {
    const readers = { threads, thinkNs: 4_429, serviceNs: 100_000, perNs: 0 };
    waits.solve([readers, { threads: 0, thinkNs: 0, serviceNs: 546_000, perNs }]);
    perNs *= left;
    return waits.law(0).meanNs + waits.law(1).meanNs;
  });
}

test.each([16, 64])("writes of which nearly nothing is left, and %i threads that read", (threads) => {
  expect(fading("sata-ssd", threads, 0.9).filter((waitNs) => !(waitNs > 0))).toEqual([]);
});

test("property: any population, any fading", () => {
  const presets = Object.keys(DISK_PRESETS) as (keyof typeof DISK_PRESETS)[];
  fc.assert(
    fc.property(
      fc.constantFrom(...presets),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0.3, max: 0.99, noNaN: true }),
      (...given) => {
        expect(fading(...given).filter((waitNs) => !(waitNs >= 0))).toEqual([]);
      },
    ),
    { numRuns: 10 },
  );
});
