/** The port through which the monitor's actor hands on what it took; what is behind it does the I/O. */
import type { TelemetryMessage } from "./aggregate/aggregator.ts";

export interface Recorder {
  /** Called once for each admitted message, in order of delivery. */
  record(message: TelemetryMessage): void;
}

/** Keeps nothing: for runs of which only the aggregates are wanted. */
export const NO_RECORDER: Recorder = { record: () => undefined };
