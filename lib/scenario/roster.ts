/** The roster: which actor has which number and name. It follows from the scenario alone, so every process agrees on it. */
import { type ActorId, CONDUCTOR, FIRST_GUEST, HYPERVISOR, MONITOR, type RosterEntry } from "../engine/actor.ts";
import type { Scenario } from "./scenario.ts";

export function rosterOf(scenario: Scenario): readonly RosterEntry[] {
  return [
    { id: CONDUCTOR, name: "conductor", role: "conductor" },
    { id: MONITOR, name: "monitor", role: "monitor" },
    { id: HYPERVISOR, name: scenario.host.name, role: "hypervisor" },
    ...scenario.guests.map((guest, index) => ({ id: FIRST_GUEST + index, name: guest.name, role: "guest" as const })),
  ];
}

/** The first VM of every group, then the second: a run that begins with a part of its VMs has some of each. */
export function leaseOrder(scenario: Scenario): readonly ActorId[] {
  const seen = new Map<string, number>();
  const places = scenario.guests.map(({ group }, index) => {
    const rank = seen.get(group) ?? 0;
    seen.set(group, rank + 1);
    return { rank, id: FIRST_GUEST + index };
  });
  return places.sort((a, b) => a.rank - b.rank || a.id - b.id).map(({ id }) => id);
}

/** The actor of that name, or undefined. */
export function actorNamed(roster: readonly RosterEntry[], name: string): ActorId | undefined {
  return roster.find((entry) => entry.name === name)?.id;
}
