/** A process as the virtual clock sees it. */
import type { ActorId } from "../../lib/engine/actor.ts";
import type { Done } from "../../lib/wire/batch.ts";

export interface Seated {
  readonly process: string;
  readonly actors: readonly ActorId[];
}

export interface Seat extends Seated {
  nextNs: number;
  earliestNs: number;
  inbox: Uint8Array[];
  inboxNextNs: number;
  inboxEarliestNs: number;
  /** Frames of the open window's Grant: sent again until answered. Undefined: not asked, or answered. */
  granted: readonly Uint8Array[] | undefined;
  /** Parts of its Done that have come. */
  parts: (Done | undefined)[];
}

export const NEVER = Number.POSITIVE_INFINITY;

export function seatOf(member: Seated): Seat {
  const nothing = { nextNs: NEVER, earliestNs: NEVER, inboxNextNs: NEVER, inboxEarliestNs: NEVER };
  return { ...member, ...nothing, inbox: [], granted: undefined, parts: [] };
}

const shown = (timeNs: number): string => (timeNs === NEVER ? "never" : `${(timeNs / 1e9).toFixed(6)} s`);

/** In words, for a run that does not go on. */
export function describe({ process, actors, granted, nextNs, earliestNs, inbox, inboxNextNs }: Seat): string {
  const state = granted === undefined ? "has answered" : "HAS NOT ANSWERED";
  const times = `next event ${shown(nextNs)}, earliest emission ${shown(earliestNs)}`;
  return `${process} (actors ${actors.join(" ")}) ${state}: ${times}, ${inbox.length} messages wait, from ${shown(inboxNextNs)}`;
}
