/** What a service brings to its process: its actors, and what it does at the end. */
import type { Trace } from "../engine/history.ts";
import type { Cast } from "./run.ts";

export interface RunEnd {
  readonly complete: boolean;
  readonly reason: string;
  readonly endNs: number;
  /** Empty on the wall clock, and where the run is not complete. */
  readonly digest: string;
}

/** What a service brings once it knows its run. */
export interface Company {
  readonly cast: Cast;
  readonly trace?: Trace | undefined;
  /** Called once, when the run is over: writes what is to be written. */
  readonly finish?: (end: RunEnd) => void | Promise<void>;
  /** Called once, last of all, however the process ends. */
  readonly close?: () => void | Promise<void>;
}
