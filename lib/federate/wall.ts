/** A process on the wall clock: every message goes out at once on its own subject, and what comes in runs when it is due. */
import type { Bus, Delivery } from "../bus/port.ts";
import type { Refusals } from "../bus/refusals.ts";
import { Subjects } from "../bus/subjects.ts";
import { type ActorId, CONDUCTOR, MONITOR } from "../engine/actor.ts";
import type { Kernel } from "../engine/kernel.ts";
import { rosterOf } from "../scenario/roster.ts";
import { decodeMessage, encodeMessage } from "../wire/codec.ts";
import { isRefusal, type Opened, type RefusalReason } from "../wire/frame.ts";
import { FaultKind, type FaultOrder, type Message, type Start } from "../wire/messages.ts";
import type { Enrolment } from "./enrol.ts";
import type { Member } from "./member.ts";
import { type Cast, endOf, kernelOf } from "./run.ts";
import { ServiceLag } from "./servicelag.ts";
import { crashProcess, stopProcess } from "./suffer.ts";
import { Waiting } from "./waiting.ts";
import { unixMs, WallTimer } from "./walltimer.ts";

export interface WallOptions {
  readonly enrolment: Enrolment;
  readonly cast: Cast;
  readonly refusals: Refusals;
  readonly control: Bus;
  /** A connection of its own: a monitor that reads slowly must not hold up the control of memory. */
  readonly telemetry: Bus;
  readonly realFaults: boolean;
  readonly onError: (error: unknown) => void;
}

/** An order that comes twice has one effect; orders are numbered, so this many are remembered at most. */
const MAX_ORDERS = 100_000;
/** An acknowledgement, and how long it has to leave a process that is about to be hurt. */
const NOTHING = new Uint8Array();
const FLUSH_MS = 50;

export class WallMember implements Member {
  readonly #options: WallOptions;
  readonly #subjects: Subjects;
  readonly #kernel: Kernel;
  readonly #timer: WallTimer;
  readonly #actors: ReadonlySet<ActorId>;
  readonly #orders = new Set<number>();
  readonly #inboxes = new Waiting();
  #waiting: NodeJS.Timeout | undefined;
  #lag: ServiceLag | undefined;

  constructor(options: WallOptions) {
    const { enrolment, cast, control, telemetry, onError } = options;
    const { scenario, actors, incarnations, run, speed } = enrolment;
    this.#options = options;
    this.#subjects = new Subjects(run, rosterOf(scenario));
    this.#actors = new Set(actors);
    const outbox = (message: Message): void => this.#send(message);
    this.#kernel = kernelOf({ scenario, cast, actors, incarnations, outbox, digest: false, faults: false });
    this.#timer = new WallTimer({ kernel: this.#kernel, speed, durationNs: scenario.durationNs, endNs: endOf(scenario), onError });
    for (const actor of actors) {
      const bus = actor === MONITOR ? telemetry : control;
      bus.subscribe(this.#subjects.inbox(actor), (delivery) => this.#receive(delivery));
      control.subscribe(this.#subjects.order(actor), (delivery) => this.#receiveOrder(delivery, actor));
    }
  }

  take(_opened: Opened): RefusalReason {
    return "unknown";
  }

  /** Boots the actors at model time 0, or now where that has passed. */
  start({ unixMs: zeroMs, lagNs }: Start): void {
    this.#lag?.noteConductor(lagNs);
    if (this.#waiting !== undefined) return;
    this.#waiting = setTimeout(() => this.#begin(zeroMs), Math.max(0, zeroMs - unixMs()));
  }

  nowNs(): number {
    return this.#timer.nowNs();
  }

  settle(): { readonly digests: readonly []; readonly eventsRun: number } {
    this.close();
    return { digests: [], eventsRun: this.#kernel.eventsRun };
  }

  close(): void {
    clearTimeout(this.#waiting);
    this.#lag?.stop();
    this.#timer.stop();
  }

  #begin(zeroMs: number): void {
    this.#timer.start(zeroMs);
    this.#kernel.advanceTo(this.#timer.nowNs());
    try {
      this.#kernel.begin();
    } catch (error) {
      this.#timer.stop();
      this.#options.onError(error);
      return;
    }
    this.#timer.arm();
    if (this.#actors.has(MONITOR)) this.#lag = this.#watchLag();
  }

  #watchLag(): ServiceLag {
    const { actors, incarnations, speed } = this.#options.enrolment;
    const incarnation = incarnations[actors.indexOf(MONITOR)] as number;
    const deliver = (message: Message): void => {
      this.#kernel.deliver(message);
      this.#timer.arm();
    };
    return new ServiceLag({ incarnation, speed, nowNs: () => this.#timer.nowNs(), deliver });
  }

  #send(message: Message): void {
    const { control, telemetry, enrolment } = this.#options;
    const bus = message.destination === MONITOR ? telemetry : control;
    bus.publish(this.#subjects.message(message.source, message.destination), encodeMessage(enrolment.run, message));
  }

  #receive({ subject, data }: Delivery): void {
    const { refusals, enrolment } = this.#options;
    const message = decodeMessage(enrolment.run, data);
    if (isRefusal(message)) {
      refusals.add(message.refused, "message");
      return;
    }
    const { source, destination, kind } = message;
    const mine = this.#actors.has(destination) && kind !== "faultOrder";
    if (!mine || !this.#subjects.allows(subject, source, destination)) {
      refusals.add("wrong-sender", "message");
      return;
    }
    if (!this.#inboxes.admits(source, message.deliverAtNs, this.#timer.nowNs())) {
      refusals.add("out-of-range", "message");
      return;
    }
    this.#kernel.deliver(message);
    this.#timer.arm();
  }

  /** Acknowledged also where it is known: the first answer may have been lost. */
  #receiveOrder({ data, respond }: Delivery, actor: ActorId): void {
    const { refusals, enrolment } = this.#options;
    const message = decodeMessage(enrolment.run, data);
    if (isRefusal(message)) {
      refusals.add(message.refused, "fault.order");
      return;
    }
    const known = message.kind === "faultOrder" || (message.kind === "eventRecord" && actor === MONITOR);
    if (!known || message.source !== CONDUCTOR || message.destination !== actor) {
      refusals.add("wrong-sender", "fault.order");
      return;
    }
    respond(NOTHING);
    if (this.#orders.has(message.sequence) || this.#orders.size >= MAX_ORDERS) {
      refusals.add("stale", "fault.order");
      return;
    }
    this.#orders.add(message.sequence);
    if (message.kind === "faultOrder" && this.#isReal(message.body)) {
      if (message.body.active) void this.#suffer(message.body, message.sentAtNs);
      return;
    }
    this.#kernel.deliver(message);
    this.#timer.arm();
  }

  #isReal({ kind, durationNs }: FaultOrder): boolean {
    if (!this.#options.realFaults || this.#actors.size > 1) return false;
    // A stopped process can not be told to go on: without a duration the kernel acts the hang.
    return kind === FaultKind.FAULT_KIND_CRASH || (kind === FaultKind.FAULT_KIND_HANG && durationNs > 0);
  }

  /** Once the acknowledgement is on its way. An order that comes late stops the process for what is left of its time. */
  async #suffer({ kind, durationNs }: FaultOrder, atNs: number): Promise<void> {
    const { control, enrolment } = this.#options;
    await Promise.race([control.flush().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, FLUSH_MS))]);
    if (kind === FaultKind.FAULT_KIND_CRASH) return crashProcess();
    const leftNs = atNs + durationNs - this.#timer.nowNs();
    if (leftNs > 0) stopProcess(leftNs / 1e6 / enrolment.speed);
  }
}
