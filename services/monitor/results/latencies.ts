/**
 * Latency histograms for latency.parquet: each VM's buckets summed over windows of time, because a row for each bucket
 * of each sample would be most of a run's data.
 */
import { FIRST_GUEST } from "../../../lib/engine/actor.ts";
import { boundsOf } from "../../../lib/histogram.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { BucketCounts } from "../aggregate/buckets.ts";
import type { GuestRow, LatencyRow } from "./columns.ts";

const LEAST_WINDOW_NS = 10_000_000_000;
/** Windows of all VMs together: more VMs and longer runs get longer windows. */
const MOST_WINDOWS = 100_000;

interface Pending {
  window: number;
  readonly fault: BucketCounts;
  readonly operation: BucketCounts;
}

export class LatencyWindows {
  /** The windows' length: whole samples, at least 10 s. */
  readonly windowNs: number;
  readonly #names: readonly string[];
  readonly #pending: readonly Pending[];
  readonly #emit: (row: LatencyRow, subject: string) => void;

  constructor(scenario: Scenario, emit: (row: LatencyRow, subject: string) => void) {
    const evenNs = (scenario.durationNs * scenario.guests.length) / MOST_WINDOWS;
    this.windowNs = scenario.sampleNs * Math.ceil(Math.max(LEAST_WINDOW_NS, evenNs) / scenario.sampleNs);
    this.#names = scenario.guests.map((guest) => guest.name);
    this.#pending = scenario.guests.map(() => ({ window: 0, fault: new BucketCounts(), operation: new BucketCounts() }));
    this.#emit = emit;
  }

  add(sample: GuestRow): void {
    const { takenAtNs, faultLatency, operationLatency } = sample.body;
    const guest = sample.source - FIRST_GUEST;
    const pending = this.#pending[guest];
    if (pending === undefined || (faultLatency === null && operationLatency === null)) return;
    // A sample that ends with the window belongs to it.
    const window = Math.max(0, Math.ceil(takenAtNs / this.windowNs) - 1);
    if (window !== pending.window) this.#flush(guest, pending);
    pending.window = window;
    pending.fault.add(faultLatency);
    pending.operation.add(operationLatency);
  }

  finish(): void {
    this.#pending.forEach((pending, guest) => {
      this.#flush(guest, pending);
    });
  }

  #flush(guest: number, pending: Pending): void {
    const fromNs = pending.window * this.windowNs;
    const name = this.#names[guest] as string;
    const common = { actor: FIRST_GUEST + guest, fromNs, toNs: fromNs + this.windowNs };
    for (const what of ["fault", "operation"] as const) {
      pending[what].each((bucket, count) => {
        const { lowNs, highNs } = boundsOf(bucket);
        this.#emit({ ...common, what, lowNs, highNs, count }, name);
      });
      pending[what].clear();
    }
  }
}
