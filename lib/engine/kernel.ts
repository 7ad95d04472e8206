/**
 * The engine: actors, one event heap, one clock that only the caller moves.
 *
 * The same kernel runs a whole scenario in one process, the actors of one process in the windows of the virtual clock,
 * and those of one process on the wall clock; they differ in who calls `runUntil` and in where messages to other
 * processes go.
 */
import { AerostatError, assert } from "../errors.ts";
import { type FaultOrder, type Message, SILENT } from "../wire/messages.ts";
import { type ActorFactory, type ActorId, CONDUCTOR, type RosterEntry } from "./actor.ts";
import { type Event, EventHeap, PRIORITY_FAULT, PRIORITY_MESSAGE } from "./heap.ts";
import type { Trace } from "./history.ts";
import type { LinkTiming } from "./link.ts";
import { Slot } from "./slot.ts";

export interface KernelOptions {
  readonly seed: number;
  readonly timing: LinkTiming;
  readonly roster: readonly RosterEntry[];
  /** Takes messages to actors that are not here. Absent: there are none. */
  readonly outbox?: (message: Message) => void;
  /** Digests cost time; the wall clock has no use for them. */
  readonly digest: boolean;
  /** Told of every event after it ran, for `aerostat verify`. */
  readonly trace?: Trace;
}

export class Kernel {
  readonly #options: KernelOptions;
  readonly #heap = new EventHeap();
  /** By actor number. */
  readonly #slots: (Slot | undefined)[];
  #nowNs = 0;
  #eventsRun = 0;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#slots = options.roster.map(() => undefined);
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  get eventsRun(): number {
    return this.#eventsRun;
  }

  /** Adds an actor; `begin` starts it. */
  add(id: ActorId, factory: ActorFactory, incarnation = 1): void {
    const entry = this.#options.roster[id];
    assert(entry !== undefined && this.#slots[id] === undefined, () => `actor ${id} is in the roster, and added once`);
    const { seed, timing, digest, trace } = this.#options;
    const schedule = {
      nowNs: () => this.#nowNs,
      post: (message: Message) => this.#post(message),
      timer: (event: Event) => this.#heap.push(event),
    };
    this.#slots[id] = new Slot(entry, factory, incarnation, { seed, timing, digest, trace, schedule });
  }

  /** Boots every added actor, in roster order, at the present time. */
  begin(): void {
    for (const slot of this.#slots) slot?.boot();
  }

  /** Puts a fault order into the future of one of this kernel's actors. */
  schedule(atNs: number, destination: ActorId, order: FaultOrder, sequence: number): void {
    const message: Message = {
      source: CONDUCTOR,
      incarnation: 1,
      destination,
      sequence,
      sentAtNs: atNs,
      deliverAtNs: atNs,
      kind: "faultOrder",
      body: order,
    };
    this.#heap.push(eventOf(message, PRIORITY_FAULT));
  }

  /** A message from another process. */
  deliver(message: Message): void {
    this.#heap.push(eventOf(message, message.source === CONDUCTOR ? PRIORITY_FAULT : PRIORITY_MESSAGE));
  }

  /** Runs every event with a time below `horizonNs`, in order. */
  runUntil(horizonNs: number): void {
    for (;;) {
      const event = this.#heap.peek();
      if (event === undefined || event.timeNs >= horizonNs) return;
      this.#heap.pop();
      assert(event.timeNs >= this.#nowNs, () => `time does not go back: event at ${event.timeNs} ns, now ${this.#nowNs} ns`);
      this.#nowNs = event.timeNs;
      this.#dispatch(event);
    }
  }

  /** Wall clock: runs every event that is due, each at the time it really is. */
  runDue(nowNs: () => number): void {
    for (;;) {
      const event = this.#heap.peek();
      const realNs = nowNs();
      if (event === undefined || event.timeNs > realNs) return;
      this.#heap.pop();
      this.#nowNs = Math.max(realNs, this.#nowNs);
      if (event.message === undefined) this.#slots[event.destination]?.noteLag(this.#nowNs - event.timeNs);
      this.#dispatch(event);
    }
  }

  /** Moves the clock to a time before which nothing is left to run. */
  advanceTo(timeNs: number): void {
    this.#nowNs = Math.max(this.#nowNs, timeNs);
  }

  /** Time of the next event, Infinity for none. */
  nextEventNs(): number {
    return this.#heap.peek()?.timeNs ?? Number.POSITIVE_INFINITY;
  }

  /** Earliest time at which an event already queued here could send something to another process. */
  earliestEmissionNs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const event of this.#heap.values()) if (!event.silent && event.timeNs < earliest) earliest = event.timeNs;
    return earliest;
  }

  /** Each actor's digest over its ordered inputs and its state, by actor number. */
  digests(): Map<ActorId, string> {
    const digests = new Map<ActorId, string>();
    for (const slot of this.#slots) if (slot !== undefined) digests.set(slot.entry.id, slot.finalDigest());
    return digests;
  }

  /** The run is over. */
  end(): void {
    for (const slot of this.#slots) slot?.end();
  }

  slot(id: ActorId): Slot | undefined {
    return this.#slots[id];
  }

  #post(message: Message): void {
    if (this.#slots[message.destination] !== undefined) {
      this.#heap.push(eventOf(message, PRIORITY_MESSAGE));
      return;
    }
    const { outbox } = this.#options;
    assert(outbox !== undefined, () => `there is an actor ${message.destination} to send to`);
    outbox(message);
  }

  #dispatch(event: Event): void {
    const slot = this.#slots[event.destination];
    if (slot === undefined) return;
    this.#eventsRun++;
    try {
      slot.handle(event);
    } catch (cause) {
      throw described(cause, slot.entry.name, event);
    }
  }
}

function eventOf(message: Message, priority: number): Event {
  return {
    timeNs: message.deliverAtNs,
    priority,
    source: message.source,
    sequence: message.sequence,
    destination: message.destination,
    silent: SILENT.has(message.kind),
    message,
    timer: "",
    data: 0,
    incarnation: message.incarnation,
  };
}

function described(cause: unknown, actor: string, event: Event): AerostatError {
  const what = event.message === undefined ? `timer "${event.timer}"` : `message "${event.message.kind}" of actor ${event.message.source}`;
  const where = `actor "${actor}", at ${(event.timeNs / 1e9).toFixed(6)} s, ${what}`;
  const code = cause instanceof AerostatError ? cause.code : "AERO_E_ACTOR";
  const text = cause instanceof Error ? cause.message : String(cause);
  return new AerostatError(code, `${text} (${where})`, { cause });
}
