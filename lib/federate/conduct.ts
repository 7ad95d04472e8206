/** What a conductor is asked for and what comes of it: lib can not name the service, so whoever needs one is given it. */

import type { NatsOptions } from "../bus/nats.ts";
import type { ActorId } from "../engine/actor.ts";
import type { Issuer } from "../keys/authority.ts";
import type { RevokerKeys } from "../keys/revoker.ts";
import type { Logger } from "../logging.ts";
import type { Scenario } from "../scenario/scenario.ts";

export interface ConductProgress {
  /** "waiting", "running", "settling", "leaving" or "done". */
  readonly phase: string;
  readonly nowNs: number;
  readonly endNs: number;
  readonly window: number;
  /** Actors that have a process. */
  readonly present: number;
  readonly actors: number;
  /** In words: who is waited for, with what it plays. While a run runs on the wall clock: actors that nobody plays. */
  readonly waitingFor: readonly string[];
}

/** The scenario has been played, and the processes are to say so, write their results and leave. */
export function isFinishing({ phase }: Pick<ConductProgress, "phase">): boolean {
  return phase === "settling" || phase === "leaving";
}

export interface ConductOptions {
  readonly scenario: Scenario;
  readonly run: string;
  readonly nats: NatsOptions;
  /** Signs the rights that come with a lease; absent: processes keep the credentials that they came with. */
  readonly issuer?: Issuer;
  /** Takes them back when the lease ends; absent: they are valid for as long as the server runs. */
  readonly revoker?: RevokerKeys;
  readonly version: string;
  readonly virtual: boolean;
  /** Wall clock; default: the scenario's. */
  readonly speed?: number;
  /** Told to the monitor: where results go. */
  readonly outDir?: string;
  /** Told to the monitor: the command that repeats the run, as its words. */
  readonly command?: readonly string[];
  readonly log: Logger;
  /** How long to wait for all processes to register; 0 for ever. Default 60 s. */
  readonly rosterLimitMs?: number;
  /** How long a process may be silent before the run is given up. Default 60 s. */
  readonly silentLimitMs?: number;
  /** A process that is silent for this long can be replaced. Default 3 s. */
  readonly expiryMs?: number;
  /** Wall clock: guests with which the run begins; the others may come later, or never. Default: all. */
  readonly leastGuests?: number | undefined;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Virtual time: called once, as soon as everything before `atNs` has run. */
  readonly milestone?: { readonly atNs: number; readonly reached: () => void };
  /** A few times a second. */
  readonly onProgress?: (progress: ConductProgress) => void;
}

export interface ConductResult {
  readonly complete: boolean;
  readonly reason: string;
  readonly nowNs: number;
  readonly eventsRun: number;
  readonly windows: number;
  /** Empty on the wall clock, and where the run is not complete. */
  readonly digest: string;
  readonly digests: ReadonlyMap<ActorId, string>;
  /** Messages that the conductor refused. */
  readonly refused: number;
}

/** Runs a scenario with the processes that register. Throws AerostatError where the run fails; resolves where it was ended early. */
export type Conduct = (options: ConductOptions) => Promise<ConductResult>;
