/** Whole runs in this process, with every sample kept: guests, links, hypervisor and policy as they are. */

import { compose } from "../../cli/compose.ts";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { GuestSample, HostSample } from "../../lib/wire/messages.ts";
import { hypervisorFactory } from "../../services/hypervisor/hypervisor.ts";
import type { Policy } from "../../services/hypervisor/policies/policy.ts";
import { policyOf, preparedScenario } from "../../services/hypervisor/policies/registry.ts";
import type { Recorder } from "../../services/monitor/recorder.ts";
import { type Summary, summarise } from "../../services/monitor/summary.ts";

export interface Moment {
  readonly atS: number;
  readonly body: Readonly<GuestSample>;
}

export interface LabRun {
  readonly summary: Summary;
  /** By VM, in order of time. */
  readonly vms: readonly (readonly Moment[])[];
  readonly host: readonly Readonly<HostSample>[];
}

export async function scenarioNamed(name: string, policy: string, ...overrides: string[]): Promise<Scenario> {
  const { scenario } = await loadScenario(`scenarios/policies/${name}.yaml`, overrides);
  return preparedScenario({ ...scenario, host: { ...scenario.host, policy: { name: policy, options: {} } } });
}

/** `makePolicy`: another policy than the scenario's. */
export async function play(scenario: Scenario, makePolicy: (scenario: Scenario) => Policy = policyOf): Promise<LabRun> {
  const vms: Moment[][] = scenario.guests.map(() => []);
  const host: HostSample[] = [];
  const record: Recorder["record"] = ({ kind, source, body }) => {
    if (kind === "hostSample") host.push(body);
    if (kind === "guestSample") vms[source - FIRST_GUEST]?.push({ atS: body.takenAtNs / 1e9, body });
  };
  const { cast, monitor } = compose(scenario, { record });
  await runLocalVirtual({ scenario, cast: (entry) => (entry.id === HYPERVISOR ? hypervisorFactory(scenario, makePolicy) : cast(entry)) });
  return { summary: summarise(monitor.aggregator), vms, host };
}

/** What the VM has: its size less its balloon. */
export function hasPages({ body }: Moment): number {
  return body.sizePages - body.balloonPages;
}

/** How often a series turns from rising to falling or back, moves below `leastPages` left out. */
export function turns(series: readonly number[], leastPages: number): number {
  let direction = 0;
  let count = 0;
  let last = series[0] as number;
  for (const value of series) {
    if (Math.abs(value - last) < leastPages) continue;
    const now = value > last ? 1 : -1;
    if (direction !== 0 && now !== direction) count++;
    direction = now;
    last = value;
  }
  return count;
}
