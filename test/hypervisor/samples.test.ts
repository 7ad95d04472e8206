/** The host's samples: at the first tick from each multiple of their interval on, and at the run's end. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Context } from "../../lib/engine/actor.ts";
import { endOf } from "../../lib/federate/run.ts";
import { nextSampleNs } from "../../lib/scenario/sampletimes.ts";
import { guestConfig, MS, S, type ScriptedGuest, STEP_NS, scenarioOf, TICK_NS, World } from "./world.ts";

test("a sample is due at each multiple of the interval and at the end", () => {
  const due = (nowS: number) => nextSampleNs({ sampleNs: 2 * S, durationNs: 5 * S }, nowS * S) / S;
  expect([0, 1, 2, 4, 4.5, 5, 6].map(due)).toEqual([2, 2, 4, 5, 5, 6, 8]);
});

test("the host's samples are of the whole run, and a disk with a steady load is as busy in the last as in the others", () => {
  const reading = {
    step: (guest: ScriptedGuest, context: Context) =>
      guest.demand(context, 0, { threads: 1, thinkNs: STEP_NS / 20, swapReadShare: 1, swapWritePagesPerS: 1000 }),
  };
  const shape = {
    durationNs: fc.integer({ min: 1000, max: 8000 }).map((ms) => ms * MS),
    sampleSteps: fc.integer({ min: 1, max: 30 }),
    jitterNs: fc.integer({ min: 0, max: 20 * MS }),
  };
  const property = fc.property(fc.record(shape), ({ durationNs, sampleSteps, jitterNs }) => {
    const sampleNs = sampleSteps * STEP_NS;
    const network = { latencyNs: MS, jitterNs };
    const scenario = { ...scenarioOf([guestConfig("vm-1")]), durationNs, sampleNs, network };
    const samples = new World(scenario, [reading]).run(endOf(scenario) + 1).monitor.of("hostSample");
    expect(samples.length).toBe(Math.ceil((durationNs - TICK_NS) / sampleNs));
    expect(samples.reduce((sum, { intervalNs }) => sum + intervalNs, 0)).toBe(durationNs);
    // The first has a start without load.
    const [busiest, ...others] = samples.slice(1).map(({ diskBusyNs, intervalNs }) => diskBusyNs / intervalNs);
    for (const each of others) expect(each).toBeCloseTo(busiest as number, 6);
    const rates = samples.slice(1).map(({ diskReads, intervalNs }) => (diskReads * STEP_NS) / intervalNs);
    for (const rate of rates) expect(rate).toBeCloseTo(rates[0] as number, 6);
  });
  fc.assert(property, { numRuns: 40 });
});
