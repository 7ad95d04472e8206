/** The scenario's phases as windows of time, so that figures can be given for each. */
import type { Scenario } from "../../../lib/scenario/scenario.ts";

export interface Window {
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
}

/** More names than this are a trace's, not an experiment's phases. */
const MOST_PHASES = 16;

/**
 * One window per distinct phase name, from the first VM that enters it to the next name's start; what comes before
 * the first is "start". Empty where the scenario has no named phases, or more than 16.
 */
export function windowsOf(scenario: Scenario): readonly Window[] {
  const starts = new Map<string, number>();
  for (const guest of scenario.guests) {
    for (const phase of guest.workload.phases) {
      const known = starts.get(phase.name);
      if (known === undefined || phase.atNs < known) starts.set(phase.name, phase.atNs);
      if (starts.size > MOST_PHASES) return [];
    }
  }
  const order = [...starts].map(([name, atNs]) => ({ name, atNs })).filter((phase) => phase.atNs < scenario.durationNs);
  order.sort((a, b) => a.atNs - b.atNs || (a.name < b.name ? -1 : 1));
  const first = order[0];
  if (first === undefined) return [];
  if (first.atNs > 0) order.unshift({ name: "start", atNs: 0 });
  return order.map((phase, index) => ({ name: phase.name, fromNs: phase.atNs, toNs: order[index + 1]?.atNs ?? scenario.durationNs }));
}

/** Index of the phase in which an interval lies for the most part, -1 for none. */
export function phaseAt(phases: readonly Window[], endNs: number, intervalNs: number): number {
  const middleNs = endNs - intervalNs / 2;
  let found = -1;
  for (let i = 0; i < phases.length; i++) if (middleNs >= (phases[i] as Window).fromNs) found = i;
  return found;
}
