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

/** The actor of that name, or undefined. */
export function actorNamed(roster: readonly RosterEntry[], name: string): ActorId | undefined {
  return roster.find((entry) => entry.name === name)?.id;
}
