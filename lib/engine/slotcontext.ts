/** What one incarnation of an actor sees of the engine: its links, timers, random streams and clock. */
import { assert } from "../errors.ts";
import type { Body, FaultOrder, Kind, Message } from "../wire/messages.ts";
import type { ActorId, Context, LinkCounters, RosterEntry } from "./actor.ts";
import { type Event, timerEvent } from "./heap.ts";
import type { Trace } from "./history.ts";
import { LinkSender, type LinkTiming } from "./link.ts";
import { Random } from "./random.ts";

export interface SlotServices {
  readonly seed: number;
  readonly timing: LinkTiming;
  readonly digest: boolean;
  readonly trace: Trace | undefined;
  readonly schedule: {
    nowNs(): number;
    post(message: Message): void;
    timer(event: Event): void;
  };
}

interface Counters extends LinkCounters {
  sent: number;
  received: number;
  refused: number;
  missed: number;
  latencyNs: number;
}

export class SlotContext implements Context {
  readonly self: ActorId;
  readonly incarnation: number;
  readonly counters: Counters = { sent: 0, received: 0, refused: 0, missed: 0, latencyNs: 0 };
  readonly links: LinkSender;
  /** Messages sent and timers set so far. */
  emitted = 0;
  readonly #entry: RosterEntry;
  readonly #services: SlotServices;
  readonly #streams = new Map<string, Random>();
  #lagNs = 0;

  constructor(entry: RosterEntry, incarnation: number, services: SlotServices, linkFaults: ReadonlyMap<number, FaultOrder>) {
    this.self = entry.id;
    this.incarnation = incarnation;
    this.#entry = entry;
    this.#services = services;
    this.links = new LinkSender(services.timing, this.random("link"), linkFaults);
  }

  get nowNs(): number {
    return this.#services.schedule.nowNs();
  }

  send<K extends Kind>(to: ActorId, kind: K, body: Body<K>): void {
    assert(to !== this.self, () => `actor ${this.self} does not send "${kind}" to itself`);
    this.emitted++;
    this.counters.sent++;
    const message = this.links.post(this.self, this.incarnation, to, kind, body, this.nowNs);
    for (let copy = 0; copy < Math.min(2, this.links.copies); copy++) this.#services.schedule.post(message);
  }

  after(delayNs: number, timer: string, data = 0): void {
    assert(Number.isInteger(delayNs) && delayNs >= 0, () => `timer "${timer}" has a whole delay of at least 0, not ${delayNs}`);
    this.#services.schedule.timer(timerEvent(this.self, this.incarnation, ++this.emitted, this.nowNs + delayNs, timer, data));
  }

  random(purpose: string): Random {
    let stream = this.#streams.get(purpose);
    if (stream === undefined) {
      // A later incarnation draws other numbers than the first.
      const label = this.incarnation === 1 ? purpose : `${purpose}#${this.incarnation}`;
      stream = new Random(this.#services.seed, this.#entry.name, label);
      this.#streams.set(purpose, stream);
    }
    return stream;
  }

  takeLagNs(): number {
    const lagNs = Math.round(this.#lagNs);
    this.#lagNs = 0;
    return lagNs;
  }

  noteLag(lagNs: number): void {
    if (lagNs > this.#lagNs) this.#lagNs = lagNs;
  }
}
