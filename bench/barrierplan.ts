/** What the windows bench and its processes agree on. */
import { type ActorId, FIRST_GUEST, HYPERVISOR } from "../lib/engine/actor.ts";

export const RUN = "bench";
export const EPOCH = 1;

/** Whom a process plays: the first the host, the others VMs. */
export function actorOf(index: number): ActorId {
  return HYPERVISOR + index;
}

/** To whom it speaks. */
export function partnerOf(index: number): ActorId {
  return index === 0 ? FIRST_GUEST : HYPERVISOR;
}
