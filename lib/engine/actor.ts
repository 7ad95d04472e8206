/**
 * The contract between an actor and whatever runs it.
 *
 * An actor is a pure state machine: it is given a message or a timer, changes its own state and says what to send and
 * when to wake it. Clock, bus and randomness reach it through the context alone, so the same code runs in virtual time
 * in one process, and on the wall clock over NATS (docs/architecture.md).
 */
import type { Body, Kind, Message } from "../wire/messages.ts";
import type { Hasher } from "./hasher.ts";
import type { Random } from "./random.ts";

/** Number of an actor in the run's roster: 0 conductor, 1 monitor, 2 hypervisor, 3 and up guests. */
export type ActorId = number;

export const CONDUCTOR: ActorId = 0;
export const MONITOR: ActorId = 1;
export const HYPERVISOR: ActorId = 2;
export const FIRST_GUEST: ActorId = 3;

/** What the transport has seen of one actor's messages since the actor's incarnation began. */
export interface LinkCounters {
  readonly sent: number;
  readonly received: number;
  /** Stale, duplicated or of an older incarnation: dropped without effect. */
  readonly refused: number;
  /** Holes in the sequence numbers of its peers. */
  readonly missed: number;
  /** From sending to handling, summed over the received messages. */
  readonly latencyNs: number;
}

export interface Context {
  readonly self: ActorId;
  readonly incarnation: number;
  /** Model time, integer nanoseconds since the start of the run. */
  readonly nowNs: number;
  readonly counters: LinkCounters;
  /** Sends to another actor, never to itself. It arrives after the link's latency, if it arrives. */
  send<K extends Kind>(to: ActorId, kind: K, body: Body<K>): void;
  /** Wakes this actor after `delayNs`, an integer of at least 0. A timer can not be cancelled: it carries `data` to tell. */
  after(delayNs: number, timer: string, data?: number): void;
  /** This actor's stream for one purpose; the same (seed, actor, purpose) always gives the same numbers. */
  random(purpose: string): Random;
  /** Wall clock: the worst delay of this actor's timers since the last call, in nanoseconds. 0 in virtual time. */
  takeLagNs(): number;
}

export interface Actor {
  /** The first call of an incarnation. */
  start(context: Context): void;
  receive(message: Message, context: Context): void;
  wake(timer: string, data: number, context: Context): void;
  /** Feeds the canonical state, in a fixed order, to the run digest. */
  digest(hasher: Hasher): void;
  /** Throws InvariantViolation where the state breaks an invariant; called after every event that is not silent, so it must be O(1). */
  audit?(): void;
  /** Told when `count` messages from `source` were lost on the way. */
  missed?(source: ActorId, count: number, context: Context): void;
  /** The incarnation is over, by a crash or with the run: lets go of what would outlive it. */
  end?(): void;
}

/** Makes one incarnation of an actor. */
export type ActorFactory = (incarnation: number) => Actor;

export interface RosterEntry {
  readonly id: ActorId;
  readonly name: string;
  readonly role: "conductor" | "monitor" | "hypervisor" | "guest";
}
