import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { Timetable } from "../../services/guest/timetable.ts";

const S = 1e9;
const scenarioOf = (stepNs: number, sampleNs: number, durationNs: number): Scenario =>
  ({ stepNs, sampleNs, durationNs, host: { statisticsNs: S } }) as Scenario;

test("five guests with steps of 200 ms tell at five times, the sixth with the first", () => {
  const told = Array.from({ length: 6 }, (_, place) => {
    const timetable = new Timetable(scenarioOf(0.2 * S, S, 60 * S), place);
    timetable.start(0);
    timetable.sampleTaken(S);
    return [timetable.tellAtNs, timetable.statisticsAtNs];
  });
  expect(told).toEqual([
    [1e9, 1e9],
    [1.2e9, 0.2e9],
    [1.4e9, 0.4e9],
    [1.6e9, 0.6e9],
    [1.8e9, 0.8e9],
    [1e9, 1e9],
  ]);
});

test("samples are taken at multiples and at the end, and told before the next one and before the run ends", () => {
  const shape = {
    stepNs: fc.integer({ min: 1, max: 20 }).map((tenths) => tenths * 1e8),
    samples: fc.integer({ min: 1, max: 20 }),
    place: fc.nat(100),
    startNs: fc.nat(30 * S),
    durationNs: fc.integer({ min: 1, max: 30 * S }),
  };
  fc.assert(
    fc.property(fc.record(shape), ({ stepNs, samples, place, startNs, durationNs }) => {
      const timetable = new Timetable(scenarioOf(stepNs, samples * stepNs, durationNs), place);
      timetable.start(startNs);
      for (let round = 0; round < 20; round++) {
        const takenAtNs = timetable.sampleAtNs;
        if (takenAtNs !== durationNs) expect(takenAtNs % (samples * stepNs)).toBe(0);
        timetable.sampleTaken(takenAtNs);
        expect(timetable.tellAtNs).toBeGreaterThanOrEqual(takenAtNs);
        // What is due at the end is told before the last one is taken.
        expect(timetable.tellAtNs).toBeLessThanOrEqual(timetable.sampleAtNs);
        if (takenAtNs <= durationNs) expect(timetable.tellAtNs).toBeLessThanOrEqual(durationNs);
        if (takenAtNs < durationNs) expect(timetable.sampleAtNs).toBeLessThanOrEqual(durationNs);
        timetable.sampleTold();
      }
    }),
  );
});

test("statistics come once in their interval, whenever the guest started", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(30 * S), (place, startNs) => {
      const timetable = new Timetable(scenarioOf(0.2 * S, S, 60 * S), place);
      timetable.start(startNs);
      let atNs = startNs;
      for (let round = 0; round < 5; round++) {
        const nextNs = timetable.statisticsAtNs;
        expect(nextNs).toBeGreaterThan(atNs);
        expect(nextNs - atNs).toBeLessThanOrEqual(S);
        if (round > 0) expect(nextNs - atNs).toBe(S);
        timetable.statisticsTold(nextNs);
        atNs = nextNs;
      }
    }),
  );
});
