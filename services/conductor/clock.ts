/** What the conductor's state machine wants of either clock. */

import type { FaultConfig } from "../../lib/scenario/scenario.ts";
import type { Opened, RefusalReason } from "../../lib/wire/frame.ts";

export interface RunClock {
  /** Everybody is there: the run begins. */
  begin(nowMs: number): void;
  /** Several times a second. Throws what ends the run. */
  tick(nowMs: number): void;
  /** An answer of a process, on its `clock.done` subject; why it is refused. */
  take(process: string, opened: Opened): RefusalReason | undefined;
  /** A process has (again) its lease: it may have missed something. */
  joined(process: string): void;
  reconnected(): void;
  /** Has the fault happen as soon as it can; the model time of its begin. */
  inject(config: FaultConfig, nowMs: number): number;
  nowNs(nowMs: number): number;
  /** Nothing is left to run. */
  over(nowMs: number): boolean;
  readonly window: number;
  readonly eventsRun: number;
  /** Wall clock: host time of model time 0, in ms; 0 in virtual time and before the start. */
  readonly zeroMs: number;
  waitingFor(nowMs: number): string[];
  nextEventNs(process: string): number;
}
