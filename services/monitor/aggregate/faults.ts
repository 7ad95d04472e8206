/** When a run's faults have healed: those of its scenario, and those that were injected. */
import type { FaultConfig } from "../../../lib/scenario/scenario.ts";

export class KnownFaults {
  /** Time at which the last known fault has healed: Infinity where one never does, undefined where there was none. */
  #healedNs: number | undefined;

  constructor(scheduled: readonly FaultConfig[]) {
    for (const { atNs, durationNs } of scheduled) this.take(atNs, durationNs);
  }

  /** `durationNs` 0: until the end of the run. */
  take(atNs: number, durationNs: number): void {
    this.#healedNs = Math.max(this.#healedNs ?? 0, durationNs > 0 ? atNs + durationNs : Number.POSITIVE_INFINITY);
  }

  get healedNs(): number | undefined {
    return this.#healedNs;
  }
}
