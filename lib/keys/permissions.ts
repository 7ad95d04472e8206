/**
 * Who may publish and subscribe to what: the subject tree (lib/bus/subjects.ts) as permissions of NATS.
 *
 * A process first speaks with the key of its role, which can do nothing but register. With its lease it gets rights of its own:
 * it speaks as its own actors, to whom they speak, and hears what is meant for them.
 */
import { EVERY, Subjects } from "../bus/subjects.ts";
import { type ActorId, HYPERVISOR, MONITOR, type RosterEntry } from "../engine/actor.ts";

export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer what asks for an answer. */
  readonly responds: boolean;
}

/** Roles with a key of their own. The operator asks and injects; the other three are registered by the conductor. */
export const KEY_ROLES = ["conductor", "operator", "guest", "hypervisor", "monitor"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** Where a client hears the answers to its requests: nobody else may listen there. */
export function inboxOf(publicKey: string): string {
  return `_INBOX.${publicKey}`;
}

/** Rights of a role's key, in every run. */
export function roleRights(role: KeyRole): Permissions {
  const any = new Subjects(EVERY);
  if (role === "conductor") return { publish: [any.everything], subscribe: [any.everything], responds: true };
  if (role === "operator") return { publish: [any.status, any.inject], subscribe: [], responds: false };
  return { publish: [any.register(role)], subscribe: [], responds: false };
}

/** Beyond this many actors their subjects would not fit a client's greeting: such a process may speak for all VMs. */
const MOST_NAMED = 256;

/** Rights that come with a lease. */
export function leaseRights(run: string, roster: readonly RosterEntry[], process: string, actors: readonly ActorId[]): Permissions {
  const subjects = new Subjects(run, roster);
  const named = actors.length <= MOST_NAMED;
  const publish = [subjects.renew(process), subjects.scenario, subjects.heartbeat(process), subjects.done(process)];
  const subscribe = [subjects.grant(process)];
  if (!named) subscribe.push(subjects.order(EVERY), subjects.everyVm("inbox"));
  if (!named) publish.push(subjects.everyVm("host"), subjects.everyVm("telemetry"));
  for (const actor of named ? actors : []) {
    subscribe.push(subjects.inbox(actor), subjects.order(actor));
    if (actor === MONITOR) continue;
    publish.push(subjects.message(actor, MONITOR));
    publish.push(actor === HYPERVISOR ? subjects.everyVm("inbox") : subjects.message(actor, HYPERVISOR));
  }
  return { publish, subscribe, responds: true };
}
