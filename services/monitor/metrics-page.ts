/**
 * /metrics in the Prometheus format. Values are read from the aggregates when they are asked for; label values are
 * bounded: names of VMs up to a limit, and fixed sets.
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { Aggregator } from "./aggregate/aggregator.ts";
import type { GuestAggregate } from "./aggregate/guest.ts";
import { liveView } from "./live.ts";
import { isHeard, type Metric, type Value } from "./metric.ts";
import { METRICS } from "./metrics.ts";

/** VMs with series of their own: beyond it a label would be a burden on the server that scrapes. */
const MOST_VMS = 256;

export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Renders /metrics of these aggregates. */
export function metricsOf(aggregator: Aggregator): MetricsPage {
  const registry = new Registry();
  const writers = METRICS.map((metric) => writerFor(metric, registry));
  const render = (): Promise<string> => {
    const view = liveView(aggregator);
    const named = view.vms.slice(0, MOST_VMS);
    const vms = named
      .map((live, index) => ({ live, guest: aggregator.guests[index] as GuestAggregate }))
      .filter(({ live }) => isHeard(live));
    METRICS.forEach((metric, index) => {
      writers[index]?.(metric.read({ aggregator, view, named, vms }));
    });
    return registry.metrics();
  };
  return { contentType: registry.contentType, render };
}

/** Names that end in _total are counters, the others gauges. */
function writerFor({ name, help, labels }: Metric, registry: Registry): (values: readonly Value[]) => void {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (!name.endsWith("_total")) {
    const gauge = new Gauge(options);
    return (values) => {
      clear(gauge, labels);
      for (const [labelled, value] of values) gauge.labels(...labelled).set(value);
    };
  }
  const counter = new Counter(options);
  return (values) => {
    clear(counter, labels);
    for (const [labelled, value] of values) counter.labels(...labelled).inc(value);
  };
}

/** Leaves no series: reset() alone gives a metric without labels the value 0. */
function clear(metric: Counter | Gauge, labels: readonly string[]): void {
  metric.reset();
  if (labels.length === 0) metric.remove();
}
