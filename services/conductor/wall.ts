/** The wall clock: everybody runs freely; the conductor says when it began, and orders the faults. */
import { type ActorId, MONITOR, type RosterEntry } from "../../lib/engine/actor.ts";
import { endOf } from "../../lib/federate/run.ts";
import { faultOrders, newsMessage, orderMessage, ordersOf, type ScheduledOrder } from "../../lib/federate/schedule.ts";
import type { FaultConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { encodeMessage } from "../../lib/wire/codec.ts";
import { encodeControl, type RefusalReason } from "../../lib/wire/frame.ts";
import { FaultKind, type FaultOrder, type Message } from "../../lib/wire/messages.ts";
import type { RunClock } from "./clock.ts";
import type { Orders } from "./options.ts";
import type { Roster } from "./roster.ts";

/** From the last registration to model time 0: long enough for everybody to hear of it. */
const START_MS = 300;
/** What was sent last must cross a real bus. */
const GRACE_MS = 500;

export interface WallOptions {
  readonly scenario: Scenario;
  readonly entries: readonly RosterEntry[];
  readonly run: string;
  readonly epoch: number;
  readonly speed: number;
  readonly roster: Roster;
  readonly send: (process: string, frame: Uint8Array) => void;
  readonly orders: Orders;
}

export class WallClock implements RunClock {
  readonly window = 0;
  readonly eventsRun = 0;
  zeroMs = 0;
  readonly #options: WallOptions;
  /** In order of time; those before `#next` have been given. */
  #orders: ScheduledOrder[];
  #next = 0;
  #faults: number;
  /** The process to which an actor's orders went last. */
  readonly #players = new Map<ActorId, string>();

  constructor(options: WallOptions) {
    this.#options = options;
    this.#orders = faultOrders(options.scenario, options.entries);
    this.#faults = options.scenario.faults.length;
  }

  begin(nowMs: number): void {
    this.zeroMs = Math.round(nowMs + START_MS);
    for (const { process, actors } of this.#options.roster.leases()) {
      for (const actor of actors) this.#players.set(actor, process);
      this.#tellStart(process);
    }
  }

  tick(nowMs: number): void {
    const nowNs = this.nowNs(nowMs);
    for (;;) {
      const order = this.#orders[this.#next];
      if (order === undefined || order.atNs > nowNs) return;
      this.#next++;
      this.#give(order, nowMs);
    }
  }

  take(): RefusalReason {
    return "unknown";
  }

  /** A process that takes over an actor is given the faults that still hold for it; a monitor gets all news. */
  joined(process: string): void {
    if (this.zeroMs === 0) return;
    this.#tellStart(process);
    const lease = this.#options.roster.lease(process);
    for (const actor of lease?.actors ?? []) {
      if (this.#players.get(actor) === process) continue;
      this.#players.set(actor, process);
      this.#brief(actor, lease?.realFaults === true);
    }
  }

  reconnected(): void {
    for (const { process } of this.#options.roster.leases()) this.#tellStart(process);
  }

  inject(config: FaultConfig, nowMs: number): number {
    const atNs = Math.max(config.atNs, this.nowNs(nowMs));
    const rest = [...this.#orders.slice(this.#next), ...ordersOf({ ...config, atNs }, ++this.#faults, this.#options.entries)];
    rest.sort((a, b) => a.atNs - b.atNs || a.sequence - b.sequence);
    this.#orders = [...this.#orders.slice(0, this.#next), ...rest];
    this.tick(nowMs);
    return atNs;
  }

  nowNs(nowMs: number): number {
    if (this.zeroMs === 0) return 0;
    const { speed, scenario } = this.#options;
    return Math.max(0, Math.min(endOf(scenario), Math.floor((nowMs - this.zeroMs) * 1e6 * speed)));
  }

  over(nowMs: number): boolean {
    return this.zeroMs > 0 && nowMs >= this.#wallMs(endOf(this.#options.scenario)) + GRACE_MS;
  }

  /** Actors that nobody plays: the run goes on without them. */
  waitingFor(nowMs: number): string[] {
    return this.#options.roster.missing(nowMs);
  }

  nextEventNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  #wallMs(modelNs: number): number {
    return this.zeroMs + modelNs / 1e6 / this.#options.speed;
  }

  #tellStart(process: string): void {
    const { epoch, speed, send } = this.#options;
    send(process, encodeControl("start", { epoch, unixMs: this.zeroMs, speed, fenced: false, lagNs: 0 }));
  }

  #brief(actor: ActorId, realFaults: boolean): void {
    this.#options.orders.forget(actor);
    const past = this.#orders.slice(0, this.#next);
    if (actor === MONITOR) for (const order of past) this.#announce(order);
    const given = past.filter(({ destination }) => destination === actor);
    const healed = new Set(given.filter(({ order }) => !order.active).map(({ order }) => order.fault));
    for (const scheduled of given) {
      const { order } = scheduled;
      // A process that took over from a crashed one must not crash too.
      if (order.active && !healed.has(order.fault) && !(realFaults && isProcessFault(order))) this.#publish(scheduled);
    }
  }

  /** A crash or hang of a process with one actor is real, and its lease must outlive it or end with it. */
  #give(scheduled: ScheduledOrder, nowMs: number): void {
    const { order, destination, atNs } = scheduled;
    const { roster } = this.#options;
    const lease = roster.holder(destination);
    const healedMs = order.durationNs === 0 ? Number.POSITIVE_INFINITY : this.#wallMs(atNs + order.durationNs);
    this.#announce(scheduled);
    this.#publish(scheduled);
    // Nobody plays an actor that is down by an earlier crash: it was real, and this one is too.
    if (!order.active || lease?.realFaults === false) return;
    if (order.kind === FaultKind.FAULT_KIND_CRASH) roster.down(destination, healedMs);
    if (order.kind === FaultKind.FAULT_KIND_HANG && order.durationNs > 0) roster.excuse(destination, Math.max(healedMs, nowMs));
  }

  #announce(scheduled: ScheduledOrder): void {
    if (scheduled.order.active) this.#send(newsMessage(scheduled, this.#options.entries));
  }

  #publish(scheduled: ScheduledOrder): void {
    this.#send(orderMessage(scheduled));
  }

  #send(message: Message): void {
    this.#options.orders.give(message.destination, encodeMessage(this.#options.run, message));
  }
}

function isProcessFault(order: FaultOrder): boolean {
  return order.kind === FaultKind.FAULT_KIND_CRASH || order.kind === FaultKind.FAULT_KIND_HANG;
}
