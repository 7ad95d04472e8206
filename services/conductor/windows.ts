/**
 * The virtual clock over many processes: conservative windows, in a star (docs/time.md).
 *
 * Every message takes at least the lookahead L, so all events before `min over processes of the earliest emission + L` can
 * run without hearing from anybody else. Progress is counted, never slept for; the caller's tick only asks again.
 */
import type { Refusals } from "../../lib/bus/refusals.ts";
import { mayAddress } from "../../lib/bus/subjects.ts";
import { AerostatError } from "../../lib/errors.ts";
import { failureOf } from "../../lib/federate/failure.ts";
import { type Done, encodeGrant, type Label, labelOf } from "../../lib/wire/batch.ts";
import type { RefusalReason } from "../../lib/wire/frame.ts";
import { SILENT } from "../../lib/wire/messages.ts";
import { describe, NEVER, type Seat, type Seated, seatOf } from "./seat.ts";

export interface WindowsOptions {
  readonly epoch: number;
  /** Least latency of a link. */
  readonly lookaheadNs: number;
  /** Last model time whose events run. */
  readonly endNs: number;
  readonly members: readonly Seated[];
  readonly refusals: Refusals;
  readonly send: (process: string, frame: Uint8Array) => void;
}

export class Windows {
  readonly #options: WindowsOptions;
  readonly #seats: readonly Seat[];
  readonly #byProcess: ReadonlyMap<string, Seat>;
  readonly #byActor: readonly (Seat | undefined)[];
  #window = 0;
  #horizonNs = 0;
  #open = 0;
  #eventsRun = 0;
  #over = false;

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.#seats = options.members.map(seatOf);
    this.#byProcess = new Map(this.#seats.map((seat) => [seat.process, seat]));
    const byActor: Seat[] = [];
    for (const seat of this.#seats) for (const actor of seat.actors) byActor[actor] = seat;
    this.#byActor = byActor;
  }

  get window(): number {
    return this.#window;
  }

  /** Every event before it has run, or is running. */
  get horizonNs(): number {
    return this.#horizonNs;
  }

  get eventsRun(): number {
    return this.#eventsRun;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The first window: every process boots its actors and runs nothing. */
  begin(): void {
    this.#window = 1;
    for (const seat of this.#seats) this.#grant(seat);
    this.#send(this.#seats);
  }

  /**
   * Takes an answer; opens the next window when it was the last one. Throws where the answer says that its process failed. Gives why
   * the answer is refused: it came twice or late.
   */
  take(process: string, done: Done): RefusalReason | undefined {
    const seat = this.#byProcess.get(process);
    if (seat?.granted === undefined || done.epoch !== this.#options.epoch || done.window !== this.#window) return "stale";
    if (done.error !== "") throw failureOf(process, done.error);
    if (seat.parts.length === 0) seat.parts = new Array<Done | undefined>(done.parts).fill(undefined);
    if (done.parts !== seat.parts.length || seat.parts[done.part] !== undefined) return "stale";
    seat.parts[done.part] = done;
    if (seat.parts.includes(undefined)) return undefined;
    for (const part of seat.parts) for (const envelope of (part as Done).envelopes) this.#forward(seat, envelope);
    seat.parts = [];
    seat.granted = undefined;
    seat.nextNs = done.nextEventNs;
    seat.earliestNs = done.earliestEmissionNs;
    this.#eventsRun += done.eventsRun;
    if (--this.#open === 0) this.#next();
    return undefined;
  }

  /** Puts an envelope of the conductor's own into an actor's future; its time must be the horizon or later. */
  post(envelope: Uint8Array): void {
    this.#carry("conductor", envelope, labelOf(envelope));
  }

  /** Sends the Grants again that were not answered. */
  askAgain(): void {
    this.#send(this.waiting() as Seat[]);
  }

  /** Processes that the clock waits for. */
  waiting(): readonly Seated[] {
    return this.#seats.filter((seat) => seat.granted !== undefined);
  }

  nextEventNs(process: string): number {
    const seat = this.#byProcess.get(process);
    return seat === undefined ? NEVER : Math.min(seat.nextNs, seat.inboxNextNs);
  }

  /** The clock's state in words, for a run that does not go on. */
  describe(): string[] {
    return this.#seats.map(describe);
  }

  #next(): void {
    const { lookaheadNs, endNs } = this.#options;
    let earliestNs = NEVER;
    let nextNs = NEVER;
    for (const seat of this.#seats) {
      earliestNs = Math.min(earliestNs, seat.earliestNs, seat.inboxEarliestNs);
      nextNs = Math.min(nextNs, seat.nextNs, seat.inboxNextNs);
    }
    this.#horizonNs = Math.min(earliestNs + lookaheadNs, endNs + 1);
    if (nextNs > endNs) {
      this.#over = true;
      return;
    }
    this.#window++;
    const asked: Seat[] = [];
    for (const seat of this.#seats) {
      if (seat.nextNs >= this.#horizonNs && seat.inboxNextNs >= this.#horizonNs) continue;
      this.#grant(seat);
      asked.push(seat);
    }
    this.#send(asked);
  }

  #grant(seat: Seat): void {
    const { epoch } = this.#options;
    seat.granted = encodeGrant({ epoch, window: this.#window, horizonNs: this.#horizonNs, envelopes: seat.inbox });
    seat.inbox = [];
    seat.inboxNextNs = NEVER;
    seat.inboxEarliestNs = NEVER;
    seat.parts = [];
    this.#open++;
  }

  #send(seats: readonly Seat[]): void {
    for (const seat of seats) for (const frame of seat.granted ?? []) this.#options.send(seat.process, frame);
  }

  /** A process speaks as the actors that it holds, to whom they speak; faults are the conductor's alone to order. */
  #forward(seat: Seat, envelope: Uint8Array): void {
    const label = labelOf(envelope);
    const isTheirs = label !== undefined && this.#byActor[label.source] === seat && mayAddress(label.source, label.destination);
    if (isTheirs && label.kind !== "faultOrder") this.#carry(seat.process, envelope, label);
    else this.#options.refusals.add(label === undefined ? "malformed" : "wrong-sender", "clock.done");
  }

  #carry(process: string, envelope: Uint8Array, label: Label | undefined): void {
    const seat = label === undefined ? undefined : this.#byActor[label.destination];
    if (label === undefined || seat === undefined) {
      this.#options.refusals.add("wrong-sender", "clock.done");
      return;
    }
    const { destination, deliverAtNs, kind } = label;
    if (deliverAtNs < this.#horizonNs) {
      const text = `a message of ${process} to actor ${destination} is due at ${deliverAtNs} ns`;
      throw new AerostatError("AERO_E_ACTOR", `assertion failed: ${text}, before the horizon ${this.#horizonNs} ns`);
    }
    seat.inbox.push(envelope);
    seat.inboxNextNs = Math.min(seat.inboxNextNs, deliverAtNs);
    if (!SILENT.has(kind)) seat.inboxEarliestNs = Math.min(seat.inboxEarliestNs, deliverAtNs);
  }
}
