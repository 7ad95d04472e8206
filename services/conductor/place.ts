/** One actor's place in the roster: who holds it, and who is to have it next. */
import type { ActorId, RosterEntry } from "../../lib/engine/actor.ts";

export interface Lease {
  readonly process: string;
  readonly role: string;
  readonly actors: readonly ActorId[];
  readonly incarnations: readonly number[];
  readonly version: string;
  readonly pid: number;
  /** Public key of the process: nobody else may register as it. */
  readonly userKey: string;
  /** Crash and hang of its only actor are done to the process itself. */
  readonly realFaults: boolean;
  heardAtMs: number;
  /** It has sent a heartbeat: what is sent to it arrives. */
  listens: boolean;
  refused: number;
}

export interface Place {
  readonly entry: RosterEntry;
  holder: Lease | undefined;
  incarnation: number;
  /** A crashed actor stays down until then. */
  downUntilMs: number;
  /** Process that waits for the crashed actor: most likely the one that crashed, started again. */
  heir: string | undefined;
}

export const isGuest = ({ entry }: Place): boolean => entry.role === "guest";

/** For each crash that heals one of those who ask waits to take over, though other places are empty. */
export function waitsForFallen(places: readonly Place[], process: string, nowMs: number): boolean {
  const fallen = places.filter(({ downUntilMs }) => downUntilMs > nowMs && downUntilMs < Number.POSITIVE_INFINITY);
  const place = fallen.find(({ heir }) => heir === process) ?? fallen.find(({ heir }) => heir === undefined);
  if (place !== undefined) place.heir = process;
  return place !== undefined;
}

/** What a process has waited for comes first. */
export function inherited(places: readonly Place[], process: string): Place[] {
  return [...places.filter(({ heir }) => heir === process), ...places.filter(({ heir }) => heir !== process)];
}
