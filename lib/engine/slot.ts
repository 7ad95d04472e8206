/**
 * One actor's place in a kernel: its incarnation, links, random streams and digest, and what crash and hang do to it.
 */
import { assert } from "../errors.ts";
import { FaultKind, type FaultOrder, type Message } from "../wire/messages.ts";
import { type Actor, type ActorFactory, CONDUCTOR, type LinkCounters, type RosterEntry } from "./actor.ts";
import type { Event } from "./heap.ts";
import { History } from "./history.ts";
import { LinkReceiver } from "./link.ts";
import { SlotContext, type SlotServices } from "./slotcontext.ts";
import { SlotFaults } from "./slotfaults.ts";

/** What a hung actor's socket buffers hold. */
const MAX_DEFERRED = 10_000;

export class Slot {
  readonly entry: RosterEntry;
  readonly #factory: ActorFactory;
  readonly #services: SlotServices;
  readonly #history: History;
  #incarnation: number;
  #actor: Actor | undefined;
  #context: SlotContext;
  #receiver: LinkReceiver;
  #deferred: Event[] | undefined;
  readonly #faults = new SlotFaults();

  constructor(entry: RosterEntry, factory: ActorFactory, incarnation: number, services: SlotServices) {
    this.entry = entry;
    this.#factory = factory;
    this.#incarnation = incarnation;
    this.#services = services;
    this.#context = new SlotContext(entry, incarnation, services, this.#faults.links);
    this.#receiver = new LinkReceiver(incarnation === 1);
    this.#history = new History(services.digest);
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

  boot(): Actor {
    const actor = this.#factory(this.#incarnation);
    this.#actor = actor;
    actor.start(this.#context);
    actor.audit?.();
    return actor;
  }

  handle(event: Event): void {
    if (event.message?.kind === "faultOrder") {
      if (SlotFaults.isKernels(event.message.body)) {
        this.#history.event(event, this.#incarnation, this.#actor);
        this.#order(event.message.body);
        this.#services.trace?.(this.entry.id, event, this.#history.hex());
        return;
      }
      this.#faults.noteDevice(event.message.body, event.message);
    }
    if (this.#deferred !== undefined) this.#defer(this.#deferred, event);
    else if (this.#actor === undefined) this.#faults.keep(event);
    else this.#run(event);
  }

  noteLag(lagNs: number): void {
    this.#context.noteLag(lagNs);
  }

  /** The digest over everything that happened to this actor, with its state at the end. */
  finalDigest(): string {
    this.#history.state(this.#incarnation, this.#actor);
    return this.#history.hex();
  }

  #run(event: Event): void {
    const actor = this.#actor;
    if (actor === undefined) return;
    const { message } = event;
    if (message === undefined) {
      if (event.incarnation !== this.#incarnation) return;
      this.#history.event(event, this.#incarnation, this.#actor);
      actor.wake(event.timer, event.data, this.#context);
    } else {
      this.#history.event(event, this.#incarnation, this.#actor);
      this.#receive(actor, message, event.silent);
    }
    // What came in silence is noted, and acted upon in a later event.
    if (!event.silent) actor.audit?.();
    this.#services.trace?.(this.entry.id, event, this.#history.hex());
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
      counters.latencyNs += this.#context.nowNs - message.sentAtNs;
      if (verdict.missed > 0) {
        counters.missed += verdict.missed;
        actor.missed?.(message.source, verdict.missed, this.#context);
      }
    }
    actor.receive(message, this.#context);
    assert(
      !silent || this.#context.emitted === emitted,
      () => `receipt of "${message.kind}" is silent (lib/wire/messages.ts), but the handler sent or set a timer`,
    );
  }

  /** Timers and orders are no traffic: without them an actor would not go on. */
  #defer(waiting: Event[], event: Event): void {
    const isTraffic = event.message !== undefined && event.message.source !== CONDUCTOR;
    if (isTraffic && waiting.length >= MAX_DEFERRED) this.#context.counters.refused++;
    else waiting.push(event);
  }

  #order(order: FaultOrder): void {
    const { crashes, hangs } = this.#faults;
    switch (order.kind) {
      case FaultKind.FAULT_KIND_CRASH:
        if (order.active) this.#crash(order.fault);
        else if (crashes.delete(order.fault) && crashes.size === 0) this.#restart();
        return;
      case FaultKind.FAULT_KIND_HANG:
        if (order.active) this.#hang(order.fault);
        else if (hangs.delete(order.fault) && hangs.size === 0) this.#resume();
        return;
      default:
        this.#faults.noteLink(order);
    }
  }

  /** The actor's incarnation is over. */
  end(): void {
    this.#actor?.end?.();
    this.#actor = undefined;
  }

  /** A hang ends with the process that it stopped. */
  #crash(fault: number): void {
    this.#faults.crashes.add(fault);
    this.#faults.hangs.clear();
    this.end();
    for (const event of this.#deferred ?? []) this.#faults.keep(event);
    this.#deferred = undefined;
  }

  #hang(fault: number): void {
    if (this.#actor === undefined) return;
    this.#faults.hangs.add(fault);
    this.#deferred ??= [];
  }

  #restart(): void {
    this.#incarnation++;
    this.#context = new SlotContext(this.entry, this.#incarnation, this.#services, this.#faults.links);
    this.#receiver = new LinkReceiver(false);
    const actor = this.boot();
    for (const message of this.#faults.takeUntold()) this.#receive(actor, message, false);
    actor.audit?.();
  }

  #resume(): void {
    const waiting = this.#deferred ?? [];
    this.#deferred = undefined;
    for (const event of waiting) this.#run(event);
  }
}
