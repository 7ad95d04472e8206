/** What happened to one actor, as a hash: its inputs in their order, and its state from time to time. */
import { type Body, HASH, KIND_NUMBER, type Kind, type Message } from "../wire/messages.ts";
import type { Actor, ActorId } from "./actor.ts";
import { Hasher, hashText } from "./hasher.ts";
import type { Event } from "./heap.ts";

/** Told of one event that ran: for finding the first event in which two runs differ. */
export type Trace = (actor: ActorId, event: Event, digest: string) => void;

/** State enters the digest at the first event past each multiple of this, and at the end. */
const CHECKPOINT_NS = 10_000_000_000;

export class History {
  readonly #hasher = new Hasher();
  readonly #kept: boolean;
  #nextCheckpointNs = CHECKPOINT_NS;

  /** `kept`: events are hashed. */
  constructor(kept: boolean) {
    this.#kept = kept;
  }

  /** An event that is about to run, and where it is due the state before it. */
  event(event: Event, incarnation: number, actor: Actor | undefined): void {
    if (!this.#kept) return;
    if (event.timeNs >= this.#nextCheckpointNs) {
      this.state(incarnation, actor);
      this.#nextCheckpointNs = (Math.floor(event.timeNs / CHECKPOINT_NS) + 1) * CHECKPOINT_NS;
    }
    const hasher = this.#hasher;
    hasher.number(event.timeNs);
    hasher.word(event.priority);
    hasher.word(event.source);
    hasher.number(event.sequence);
    if (event.message === undefined) {
      hasher.word(timerNumber(event.timer));
      hasher.number(event.data);
      return;
    }
    hasher.word(KIND_NUMBER[event.message.kind]);
    hashBody(hasher, event.message);
  }

  state(incarnation: number, actor: Actor | undefined): void {
    this.#hasher.word(incarnation);
    actor?.digest(this.#hasher);
  }

  hex(): string {
    return this.#hasher.hex();
  }
}

function hashBody<K extends Kind>(hasher: Hasher, message: Message & { kind: K }): void {
  const hash = HASH[message.kind] as (hasher: Hasher, body: Body<K>) => void;
  hash(hasher, message.body as Body<K>);
}

const timerNumbers = new Map<string, number>();

function timerNumber(timer: string): number {
  let number = timerNumbers.get(timer);
  if (number === undefined) {
    number = hashText(timer);
    timerNumbers.set(timer, number);
  }
  return number;
}
