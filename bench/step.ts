/**
 * What one step of one VM costs in steady state, with all that belongs to it (the host's tick, telemetry, digests): in the classic
 * scenario's storm, where every VM steps all the time, and in its calm, where hardly anything changes in any.
 */
import { compose } from "../cli/compose.ts";
import { allActors, kernelOf } from "../lib/federate/run.ts";
import { type Measurement, median } from "./measure.ts";
import { classicOf } from "./model.ts";

const VMS = 1_000;
const SECOND_NS = 1e9;
/** The figure is the median of such parts of a span. */
const PART_NS = 5 * SECOND_NS;

/** Of the scenario's phases, what comes after their changes have settled. */
const SPANS = [
  { name: "calm", fromNs: 75 * SECOND_NS, toNs: 90 * SECOND_NS },
  { name: "storm", fromNs: 240 * SECOND_NS, toNs: 270 * SECOND_NS },
] as const;

export async function step(): Promise<Measurement[]> {
  const scenario = await classicOf(VMS);
  const { cast } = compose(scenario);
  const kernel = kernelOf({ scenario, cast, actors: allActors(scenario), digest: true, faults: true });
  kernel.begin();
  return SPANS.map(({ name, fromNs, toNs }) => {
    kernel.runUntil(fromNs);
    const costs: number[] = [];
    for (let ns = fromNs; ns < toNs; ns += PART_NS) {
      const began = process.hrtime.bigint();
      kernel.runUntil(ns + PART_NS);
      costs.push(Number(process.hrtime.bigint() - began) / 1e3 / (VMS * (PART_NS / scenario.stepNs)));
    }
    return { bench: "step", name: `classic, ${VMS} VMs, ${name}`, value: median(costs), unit: "µs per VM and step" };
  });
}
