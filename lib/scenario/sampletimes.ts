/** When guests and host take their samples for the monitor: at each multiple of the interval, and at the run's end. */
import { nextMultipleNs } from "../units.ts";
import type { Scenario } from "./scenario.ts";

/** The first of these times after `nowNs`; past the end the multiples go on. */
export function nextSampleNs({ sampleNs, durationNs }: Pick<Scenario, "sampleNs" | "durationNs">, nowNs: number): number {
  const nextNs = nextMultipleNs(nowNs, sampleNs);
  return nowNs < durationNs ? Math.min(nextNs, durationNs) : nextNs;
}
