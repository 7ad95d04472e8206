/** Wall clock: how late the services' own ticks ran. Every value is the worst of one interval; in virtual time there is none. */
import { newHistogram, type Percentiles, percentilesIn } from "./percentiles.ts";

export const LAGGING = ["guest", "hypervisor", "monitor", "conductor"] as const;
export type Lagging = (typeof LAGGING)[number];

export class LagAggregate {
  readonly #histograms = new Map(LAGGING.map((service) => [service, newHistogram()]));

  /** Model nanoseconds. */
  take(service: Lagging, lagNs: number): void {
    if (lagNs > 0) this.#histograms.get(service)?.recordValue(Math.round(lagNs));
  }

  /** Over the intervals; null where nothing was told. */
  percentiles(): Readonly<Record<Lagging, Percentiles | null>> {
    const entries = [...this.#histograms].map(([service, histogram]) => [service, percentilesIn(histogram)] as const);
    return Object.fromEntries(entries) as Record<Lagging, Percentiles | null>;
  }
}
