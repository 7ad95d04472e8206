/** One run of a comparison: virtual time, this process, no record but the figures. */
import { runLocalVirtual } from "../../lib/federate/local.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { loadPolicy } from "../../services/hypervisor/policyfile.ts";
import { summarise } from "../../services/monitor/summary.ts";
import { compose } from "../compose.ts";
import { type Values, valuesOf } from "./figures.ts";
import { Probe } from "./probe.ts";

/** A scenario under one policy and seed. */
export interface Variant {
  readonly label: string;
  readonly scenario: Scenario;
}

export interface Run {
  /** The variant's label. */
  readonly policy: string;
  readonly seed: number;
  readonly digest: string;
  readonly values: Values;
}

/** Throws what an actor throws; undefined where `signal` ended the run early. */
export async function runOne({ label, scenario }: Variant, signal?: AbortSignal): Promise<Run | undefined> {
  loadPolicy(scenario.host.policy.name);
  const probe = new Probe();
  const { cast, monitor } = compose(scenario, probe);
  const { complete, digest } = await runLocalVirtual({ scenario, cast, ...(signal === undefined ? {} : { signal }) });
  if (!complete) return undefined;
  return { policy: label, seed: scenario.seed, digest, values: valuesOf(summarise(monitor.aggregator), probe) };
}
