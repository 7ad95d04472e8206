/** Metrics of the bus and of the processes themselves. */
import type { Aggregator } from "./aggregate/aggregator.ts";
import { LAGGING } from "./aggregate/lag.ts";
import { type TrafficSummary, trafficOf } from "./aggregate/traffic.ts";
import { type Metric, quantiles, type Value } from "./metric.ts";

function traffic({ guests, host }: Aggregator, figure: (summary: TrafficSummary) => number): Value[] {
  return [
    [["guests"], figure(trafficOf(guests.map((guest) => guest.traffic)))],
    [["hypervisor"], figure(trafficOf([host.traffic]))],
  ];
}

export const BUS_METRICS: readonly Metric[] = [
  {
    name: "aerostat_lag_seconds",
    help: "Wall clock: the worst delay of a service's own ticks in an interval, over the run so far, in model time.",
    labels: ["service", "quantile"],
    read: ({ aggregator }) => {
      const lag = aggregator.lag.percentiles();
      return LAGGING.flatMap((service) => quantiles([service], lag[service]));
    },
  },
  {
    name: "aerostat_bus_messages_total",
    help: "Messages sent since the run began, by all guests or by the hypervisor.",
    labels: ["sender"],
    read: ({ aggregator }) => traffic(aggregator, ({ sent }) => sent),
  },
  {
    name: "aerostat_bus_latency_seconds",
    help: "From sending to handling, mean over the messages that the guests, or the hypervisor, received in the run so far.",
    labels: ["receiver"],
    read: ({ aggregator }) => traffic(aggregator, ({ latencyMeanNs }) => (latencyMeanNs ?? 0) / 1e9),
  },
  {
    name: "aerostat_telemetry_latency_seconds",
    help: "From sending to the monitor's handling, over the run so far.",
    labels: ["quantile"],
    read: ({ aggregator }) => quantiles([], aggregator.telemetryLatency),
  },
];
