/** What a conductor is given. */
import type { Refusals } from "../../lib/bus/refusals.ts";
import type { ActorId } from "../../lib/engine/actor.ts";
import type { Logger } from "../../lib/logging.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { Lease } from "./place.ts";

/** Tells an actor's process, whatever the bus loses (courier.ts). */
export interface Orders {
  give(destination: ActorId, frame: Uint8Array): void;
  forget(destination: ActorId): void;
}

export interface ConductorOptions {
  readonly scenario: Scenario;
  readonly run: string;
  readonly version: string;
  readonly virtual: boolean;
  /** Wall clock: model seconds per second. */
  readonly speed: number;
  /** Sets this conductor apart from an earlier one of the same run. */
  readonly epoch: number;
  readonly log: Logger;
  /** What it is sent and can not use. */
  readonly refusals: Refusals;
  /** How long to wait for all processes to register; 0 for ever. */
  readonly rosterLimitMs: number;
  /** How long a process may leave the virtual clock, or the end of the run, unanswered. */
  readonly silentLimitMs: number;
  /** A process that is silent for this long can be replaced. */
  readonly expiryMs: number;
  /** Between two ticks. */
  readonly tickMs: number;
  /** Guests with which the run begins; default: all. */
  readonly leastGuests?: number | undefined;
  readonly send: (process: string, frame: Uint8Array) => void;
  readonly orders: Orders;
  /** A lease has ended before the run has. */
  readonly onLeaseEnd?: (lease: Lease) => void;
}
