/**
 * What one step of one VM costs in steady state, with all that belongs to it (the host's tick, telemetry, digests): in the classic
 * scenario's storm, where every VM steps all the time, and in its calm, where hardly anything changes in any.
 */
import { compose } from "../cli/compose.ts";
import { allActors, kernelOf } from "../lib/federate/run.ts";
import { type Measurement, median } from "./measure.ts";
import { classicOf } from "./model.ts";

const VMS = 1_000;
const ROUNDS = 3;
const SECOND_NS = 1e9;

/** Of the scenario's phases, what comes after their changes have settled. */
const SPANS = [
  { name: "calm", fromNs: 75 * SECOND_NS, toNs: 90 * SECOND_NS },
  { name: "storm", fromNs: 240 * SECOND_NS, toNs: 270 * SECOND_NS },
] as const;

export async function step(): Promise<Measurement[]> {
  const scenario = await classicOf(VMS);
  const { cast } = compose(scenario);
  const costs: number[][] = SPANS.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    const kernel = kernelOf({ scenario, cast, actors: allActors(scenario), digest: true, faults: true });
    kernel.begin();
    for (const [index, { fromNs, toNs }] of SPANS.entries()) {
      kernel.runUntil(fromNs);
      const began = process.hrtime.bigint();
      kernel.runUntil(toNs);
      const tookUs = Number(process.hrtime.bigint() - began) / 1e3;
      costs[index]?.push(tookUs / (VMS * ((toNs - fromNs) / scenario.stepNs)));
    }
  }
  return SPANS.map(({ name }, index) => ({
    bench: "step",
    name: `classic, ${VMS} VMs, ${name}`,
    value: median(costs[index] ?? []),
    unit: "µs per VM and step",
  }));
}
