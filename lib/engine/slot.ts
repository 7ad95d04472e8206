/**
 * One actor's place in a kernel: its incarnation, links, random streams and digest, and what crash and hang do to it.
 */
import { assert } from "../errors.ts";
import { type Body, FaultKind, type FaultOrder, HASH, KIND_NUMBER, type Kind, type Message } from "../wire/messages.ts";
import { type Actor, type ActorFactory, type ActorId, CONDUCTOR, type Context, type LinkCounters, type RosterEntry } from "./actor.ts";
import { Hasher, hashText } from "./hasher.ts";
import { type Event, timerEvent } from "./heap.ts";
import { LinkReceiver, LinkSender, type LinkTiming } from "./link.ts";
import { Random } from "./random.ts";

/** Told of one event that ran: for finding the first event in which two runs differ. */
export type Trace = (actor: ActorId, event: Event, digest: string) => void;

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

/** State enters the digest at the first event past each multiple of this, and at the end. */
const CHECKPOINT_NS = 10_000_000_000;
/** What a hung actor's socket buffers hold. */
const MAX_DEFERRED = 10_000;

interface Counters extends LinkCounters {
  sent: number;
  received: number;
  refused: number;
  missed: number;
}

export class Slot {
  readonly entry: RosterEntry;
  readonly #factory: ActorFactory;
  readonly #services: SlotServices;
  readonly #hasher = new Hasher();
  #incarnation: number;
  #actor: Actor | undefined;
  #context: SlotContext;
  #receiver: LinkReceiver;
  #deferred: Event[] | undefined;
  #nextCheckpointNs = CHECKPOINT_NS;
  /** Active link faults by number: they belong to the wire, so they outlive a crash of the sender. */
  readonly #linkFaults = new Map<number, FaultOrder>();
  /** Active faults of the actor's devices, by number: a crash does not heal them either, and the next incarnation must hear of them. */
  readonly #deviceFaults = new Map<number, Message>();

  constructor(entry: RosterEntry, factory: ActorFactory, incarnation: number, services: SlotServices) {
    this.entry = entry;
    this.#factory = factory;
    this.#incarnation = incarnation;
    this.#services = services;
    this.#context = new SlotContext(entry, incarnation, services, this.#linkFaults);
    this.#receiver = new LinkReceiver(incarnation === 1);
  }

  get actor(): Actor | undefined {
    return this.#actor;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** Of the present incarnation. */
  get counters(): LinkCounters {
    return this.#context.counters;
  }

  /** "up", "down" after a crash, "hung" while stopped. */
  get condition(): "up" | "down" | "hung" {
    if (this.#actor === undefined) return "down";
    return this.#deferred === undefined ? "up" : "hung";
  }

  boot(): void {
    this.#actor = this.#factory(this.#incarnation);
    this.#actor.start(this.#context);
    this.#actor.audit?.();
  }

  handle(event: Event): void {
    if (event.message?.kind === "faultOrder") {
      if (isKernelFault(event.message.body)) {
        this.#record(event);
        this.#order(event.message.body);
        this.#services.trace?.(this.entry.id, event, this.#hasher.hex());
        return;
      }
      if (event.message.body.active) this.#deviceFaults.set(event.message.body.fault, event.message);
      else this.#deviceFaults.delete(event.message.body.fault);
    }
    if (this.#deferred === undefined) this.#run(event);
    else this.#defer(this.#deferred, event);
  }

  noteLag(lagNs: number): void {
    this.#context.noteLag(lagNs);
  }

  /** The digest over everything that happened to this actor, with its state at the end. */
  finalDigest(): string {
    this.#hashState();
    return this.#hasher.hex();
  }

  #run(event: Event): void {
    const actor = this.#actor;
    if (actor === undefined) return;
    const { message } = event;
    if (message === undefined) {
      if (event.incarnation !== this.#incarnation) return;
      this.#record(event);
      actor.wake(event.timer, event.data, this.#context);
    } else {
      this.#record(event);
      this.#receive(actor, message, event.silent);
    }
    actor.audit?.();
    this.#services.trace?.(this.entry.id, event, this.#hasher.hex());
  }

  #receive(actor: Actor, message: Message, silent: boolean): void {
    const { counters, emitted } = this.#context;
    if (message.source !== CONDUCTOR) {
      const verdict = this.#receiver.admit(message);
      if (!verdict.accepted) {
        counters.refused++;
        return;
      }
      counters.received++;
      if (verdict.missed > 0) {
        counters.missed += verdict.missed;
        actor.missed?.(message.source, verdict.missed, this.#context);
      }
    }
    actor.receive(message, this.#context);
    assert(
      !silent || this.#context.emitted === emitted,
      `receipt of "${message.kind}" is silent (lib/wire/messages.ts), but the handler sent or set a timer`,
    );
  }

  /** Timers and orders are no traffic: without them an actor would not go on. */
  #defer(waiting: Event[], event: Event): void {
    const isTraffic = event.message !== undefined && event.message.source !== CONDUCTOR;
    if (isTraffic && waiting.length >= MAX_DEFERRED) this.#context.counters.refused++;
    else waiting.push(event);
  }

  #order(order: FaultOrder): void {
    switch (order.kind) {
      case FaultKind.FAULT_KIND_CRASH:
        if (order.active) this.#crash();
        else if (this.#actor === undefined) this.#restart();
        return;
      case FaultKind.FAULT_KIND_HANG:
        if (!order.active) this.#resume();
        else if (this.#actor !== undefined) this.#deferred ??= [];
        return;
      default:
        if (order.active) this.#linkFaults.set(order.fault, order);
        else this.#linkFaults.delete(order.fault);
    }
  }

  #crash(): void {
    this.#actor = undefined;
    this.#deferred = undefined;
  }

  #restart(): void {
    this.#incarnation++;
    this.#context = new SlotContext(this.entry, this.#incarnation, this.#services, this.#linkFaults);
    this.#receiver = new LinkReceiver(false);
    this.boot();
    const faults = [...this.#deviceFaults.keys()].sort((a, b) => a - b);
    for (const fault of faults) this.#receive(this.#actor as unknown as Actor, this.#deviceFaults.get(fault) as Message, false);
    this.#actor?.audit?.();
  }

  #resume(): void {
    const waiting = this.#deferred ?? [];
    this.#deferred = undefined;
    for (const event of waiting) this.#run(event);
  }

  #record(event: Event): void {
    if (!this.#services.digest) return;
    if (event.timeNs >= this.#nextCheckpointNs) {
      this.#hashState();
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

  #hashState(): void {
    this.#hasher.word(this.#incarnation);
    this.#actor?.digest(this.#hasher);
  }
}

/** Faults that the kernel carries out itself; the actor is told of the others. */
function isKernelFault(order: FaultOrder): boolean {
  return order.kind !== FaultKind.FAULT_KIND_DRIVER_STUCK && order.kind !== FaultKind.FAULT_KIND_DISK_SLOW;
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

class SlotContext implements Context {
  readonly self: ActorId;
  readonly incarnation: number;
  readonly counters: Counters = { sent: 0, received: 0, refused: 0, missed: 0 };
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

  send<K extends Kind>(to: ActorId, kind: K, body: Body<K>, correlation = 0): void {
    assert(to !== this.self, `actor ${this.self} does not send "${kind}" to itself`);
    this.emitted++;
    this.counters.sent++;
    for (const message of this.links.post(this.self, this.incarnation, to, kind, body, this.nowNs, correlation))
      this.#services.schedule.post(message);
  }

  after(delayNs: number, timer: string, data = 0): void {
    assert(Number.isInteger(delayNs) && delayNs >= 0, `timer "${timer}" has a whole delay of at least 0, not ${delayNs}`);
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
