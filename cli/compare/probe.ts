/** What a comparison wants of a run beside its summary: slowdowns interval by interval, and what the VMs held. */
import { build } from "hdr-histogram-js";
import { isIdled, MOST_SLOWDOWN, slowdownOf } from "../../services/monitor/aggregate/flow.ts";
import type { Recorder } from "../../services/monitor/recorder.ts";

/** Resolution of a slowdown in the histogram. */
const UNIT = 1000;

export class Probe implements Recorder {
  readonly #slowdowns = build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MOST_SLOWDOWN * UNIT,
    numberOfSignificantValueDigits: 3,
  });
  #balloonPageNs = 0;
  #heldPageNs = 0;
  #hostNs = 0;

  record(message: Parameters<Recorder["record"]>[0]): void {
    if (message.kind === "hostSample") this.#hostNs += message.body.intervalNs;
    if (message.kind !== "guestSample") return;
    const { intervalNs, balloonPages, heldPages, operations, unpressedOperations } = message.body;
    this.#balloonPageNs += balloonPages * intervalNs;
    this.#heldPageNs += heldPages * intervalNs;
    const slowdown = isIdled(unpressedOperations, operations) ? MOST_SLOWDOWN : slowdownOf(unpressedOperations, operations);
    if (slowdown !== null) this.#slowdowns.recordValue(Math.round(Math.min(slowdown, MOST_SLOWDOWN) * UNIT));
  }

  /** 99th percentile of the slowdowns of all VMs' sample intervals with work; null where there was none. */
  get slowdownP99(): number | null {
    if (this.#slowdowns.totalCount === 0) return null;
    return Math.min(this.#slowdowns.getValueAtPercentile(99), this.#slowdowns.maxValue) / UNIT;
  }

  /** Sum over the VMs, mean over the run. */
  get balloonPages(): number {
    return this.#hostNs > 0 ? this.#balloonPageNs / this.#hostNs : 0;
  }

  /** Machine pages that the VMs held: sum over the VMs, mean over the run. */
  get heldPages(): number {
    return this.#hostNs > 0 ? this.#heldPageNs / this.#hostNs : 0;
  }
}
