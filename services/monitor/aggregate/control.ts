/** Control actions: how many, and the latency of each leg from the decision to the acknowledged target. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { ControlAction } from "../../../lib/wire/messages.ts";
import { newHistogram, type Percentiles, percentilesIn } from "./percentiles.ts";

/** In the order in which they happen, none within another; total is their sum. */
export const LEGS = ["decide", "bus", "driver", "reclaim", "swapIo", "acknowledge", "total"] as const;
export type Leg = (typeof LEGS)[number];

export class ControlAggregate {
  readonly #legs = LEGS.map(() => newHistogram());
  actions = 0;
  completed = 0;
  #totalNs = 0;

  /** A superseded action counts, but its legs are not latencies of anything that was finished. */
  take(action: ControlAction): void {
    this.actions++;
    if (!action.completed) return;
    this.completed++;
    this.#totalNs += action.totalNs;
    const legsNs = [
      action.decideNs,
      action.busNs,
      action.driverNs,
      action.reclaimNs,
      action.swapIoNs,
      action.acknowledgeNs,
      action.totalNs,
    ];
    for (let leg = 0; leg < legsNs.length; leg++) this.#legs[leg]?.recordValue(legsNs[leg] as number);
  }

  get superseded(): number {
    return this.actions - this.completed;
  }

  /** Null for every leg where no action was completed. */
  percentiles(): Readonly<Record<Leg, Percentiles | null>> {
    const entries = LEGS.map((leg, index) => [leg, percentilesIn(this.#legs[index] as ReturnType<typeof newHistogram>)] as const);
    return Object.fromEntries(entries) as Record<Leg, Percentiles | null>;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.actions);
    hasher.number(this.completed);
    hasher.number(this.#totalNs);
  }
}
