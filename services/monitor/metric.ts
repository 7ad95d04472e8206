/** What a metric is, and the shapes that several have. */
import type { Aggregator } from "./aggregate/aggregator.ts";
import type { GuestAggregate } from "./aggregate/guest.ts";
import type { Percentiles } from "./aggregate/percentiles.ts";
import type { LiveHost, LiveView, LiveVm } from "./live.ts";

/** One value of a metric: its labels, in the order of the metric's names, and the figure. */
export type Value = readonly [labels: readonly string[], value: number];

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (snapshot: Snapshot) => readonly Value[];
}

export interface Snapshot {
  readonly aggregator: Aggregator;
  readonly view: LiveView;
  /** VMs that have series. */
  readonly named: readonly LiveVm[];
  /** Of these, the ones that are heard. */
  readonly vms: readonly { readonly live: LiveVm; readonly guest: GuestAggregate }[];
}

/** Figures of who is silent are of the past: a series that went on with them would be taken for the present. */
export function isHeard({ seen, silentNs }: Pick<LiveVm, "seen" | "silentNs">): boolean {
  return seen && silentNs === 0;
}

export function one(name: string, help: string, value: (snapshot: Snapshot) => number): Metric {
  return { name, help, labels: [], read: (snapshot) => [[[], value(snapshot)]] };
}

/** Of the host, while it is heard. */
export function ofHost(name: string, help: string, value: (host: LiveHost, aggregator: Aggregator) => number): Metric {
  const read = ({ view, aggregator }: Snapshot): Value[] => (isHeard(view.host) ? [[[], value(view.host, aggregator)]] : []);
  return { name, help, labels: [], read };
}

export function quantiles(labels: readonly string[], percentiles: Percentiles | null): Value[] {
  if (percentiles === null) return [];
  const { p50Ns, p99Ns, p999Ns } = percentiles;
  return [["0.5", p50Ns] as const, ["0.99", p99Ns] as const, ["0.999", p999Ns] as const].map(([quantile, ns]) => [
    [...labels, quantile],
    ns / 1e9,
  ]);
}
