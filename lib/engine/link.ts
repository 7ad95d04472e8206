/**
 * One actor's end of its links: sequence numbers, latency and link faults on the way out, order and holes on the way in.
 *
 * Links are first-in first-out and at most once, as NATS gives them within one connection; a fault can lose, delay
 * or double messages, never reorder them.
 */
import type { Body, FaultOrder, Kind, Message } from "../wire/messages.ts";
import { FaultKind } from "../wire/messages.ts";
import type { ActorId } from "./actor.ts";
import type { Random } from "./random.ts";

export interface LinkTiming {
  readonly latencyNs: number;
  readonly jitterNs: number;
}

interface Outgoing {
  sequence: number;
  lastDeliverAtNs: number;
}

export class LinkSender {
  readonly #timing: LinkTiming;
  readonly #random: Random;
  readonly #links = new Map<ActorId, Outgoing>();
  readonly #faults: ReadonlyMap<number, FaultOrder>;

  /** `faults`: the link faults that are active now, by number; their owner keeps it current. */
  constructor(timing: LinkTiming, random: Random, faults: ReadonlyMap<number, FaultOrder>) {
    this.#timing = timing;
    this.#random = random;
    this.#faults = faults;
  }

  /** How often the message of the last post() arrives: not at all where it is lost, more than once where it is doubled. */
  copies = 1;

  /** The message as it arrives. */
  post<K extends Kind>(source: ActorId, incarnation: number, destination: ActorId, kind: K, body: Body<K>, nowNs: number): Message {
    let link = this.#links.get(destination);
    if (link === undefined) {
      link = { sequence: 0, lastDeliverAtNs: 0 };
      this.#links.set(destination, link);
    }
    link.sequence++;
    let delayNs = this.#timing.latencyNs;
    if (this.#timing.jitterNs > 0) delayNs += this.#random.below(this.#timing.jitterNs + 1);
    this.copies = 1;
    for (const fault of this.#faults.values()) {
      if (!fault.allPeers && fault.peer !== destination) continue;
      if (fault.kind === FaultKind.FAULT_KIND_LINK_DELAY) delayNs += fault.delayNs;
      else if (this.#random.uniform() < fault.amount) this.copies = fault.kind === FaultKind.FAULT_KIND_LINK_DROP ? 0 : this.copies * 2;
    }
    const deliverAtNs = Math.max(nowNs + delayNs, link.lastDeliverAtNs);
    link.lastDeliverAtNs = deliverAtNs;
    return {
      source,
      incarnation,
      destination,
      sequence: link.sequence,
      sentAtNs: nowNs,
      deliverAtNs,
      kind,
      body,
    } as Message;
  }
}

interface Incoming {
  incarnation: number;
  sequence: number;
}

/** What to do with an arrived message. `missed` counts the hole before an accepted one. */
export type Verdict = { readonly accepted: false } | { readonly accepted: true; readonly missed: number };

const REFUSED: Verdict = { accepted: false };
const IN_ORDER: Verdict = { accepted: true, missed: 0 };

export class LinkReceiver {
  readonly #links = new Map<ActorId, Incoming>();
  /** A restarted receiver can not know what came before its time. */
  readonly #fresh: boolean;

  constructor(fresh: boolean) {
    this.#fresh = fresh;
  }

  admit(message: Message): Verdict {
    const link = this.#links.get(message.source);
    if (link === undefined) {
      this.#links.set(message.source, { incarnation: message.incarnation, sequence: message.sequence });
      return this.#fresh ? { accepted: true, missed: message.sequence - 1 } : IN_ORDER;
    }
    if (message.incarnation < link.incarnation) return REFUSED;
    if (message.incarnation > link.incarnation) {
      link.incarnation = message.incarnation;
      link.sequence = 0;
    }
    if (message.sequence <= link.sequence) return REFUSED;
    const missed = message.sequence - link.sequence - 1;
    link.sequence = message.sequence;
    return missed === 0 ? IN_ORDER : { accepted: true, missed };
  }
}
