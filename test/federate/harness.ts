/** Runs a toy scenario with federates of this process, each on its own connections to a real NATS server. */
import { toyCast } from "../../bench/toy.ts";
import type { NatsOptions } from "../../lib/bus/nats.ts";
import type { ConductOptions, ConductResult } from "../../lib/federate/conduct.ts";
import { type FederateOptions, runFederate } from "../../lib/federate/federate.ts";
import { createLogger } from "../../lib/logging.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { runConductor } from "../../services/conductor/main.ts";

export const VERSION = "0.0.0-test";
export const quiet = createLogger("test", (process.env.AEROSTAT_TEST_LOG as "silent" | undefined) ?? "silent");

export interface Plan {
  readonly scenario: Scenario;
  readonly run: string;
  readonly nats: NatsOptions;
  readonly guestsPerProcess?: number;
  readonly virtual?: boolean;
  readonly conduct?: Partial<ConductOptions>;
  readonly federate?: Partial<FederateOptions>;
}

export interface Played {
  readonly result: ConductResult;
  /** How each process ended. */
  readonly ends: readonly PromiseSettledResult<void>[];
}

export function federate(plan: Plan, role: FederateOptions["role"], more: Partial<FederateOptions> = {}): Promise<void> {
  const { run, nats, guestsPerProcess: capacity = 1 } = plan;
  const open: FederateOptions["open"] = ({ scenario }) => ({ cast: toyCast(scenario) });
  return runFederate({ role, run, nats, capacity, version: VERSION, log: quiet, realFaults: false, open, ...plan.federate, ...more });
}

export async function play(plan: Plan): Promise<Played> {
  const { scenario, run, nats, guestsPerProcess = 1, virtual = true } = plan;
  const processes = Math.ceil(scenario.guests.length / guestsPerProcess);
  const roles: FederateOptions["role"][] = [...Array.from({ length: processes }, () => "guest" as const), "hypervisor", "monitor"];
  const ends = Promise.allSettled(roles.map((role) => federate(plan, role)));
  const result = await runConductor({ scenario, run, nats, version: VERSION, virtual, log: quiet, ...plan.conduct });
  return { result, ends: await ends };
}
