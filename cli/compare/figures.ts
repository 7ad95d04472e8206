/** The figures by which policies are compared: what each is, how it is shown, and how it follows from a run. */
import { MOST_SLOWDOWN } from "../../services/monitor/aggregate/flow.ts";
import { formatBytesOfPages, formatNs, formatShare } from "../../services/monitor/format.ts";
import { quantile, slowdownsOf } from "../../services/monitor/slowdowns.ts";
import type { Summary } from "../../services/monitor/summary.ts";
import type { Probe } from "./probe.ts";

export interface Figure {
  /** Its column in comparison.parquet and its key in comparison.json: unit last. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly show: (value: number) => string;
  /** Null: there was nothing to measure. */
  readonly value: (summary: Summary, probe: Probe) => number | null;
}

/** Values of one run, by figure. */
export type Values = Readonly<Record<string, number | null>>;

const SLOWDOWN = (value: number): string => (value >= MOST_SLOWDOWN ? "stands" : value < 100 ? value.toFixed(2) : value.toFixed(0));
const COUNT = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

function of(id: string, title: string, show: Figure["show"], text: string, value: Figure["value"]): Figure {
  return { id, title, text, show, value };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sum(summary: Summary, member: "swapInPages" | "swapOutPages" | "oomKills" | "idledIntervals"): number {
  return summary.vms.reduce((total, vm) => total + vm[member], 0);
}

function stateShare(state: "high" | "clear" | "soft" | "hard" | "low"): Figure {
  const value = ({ host }: Summary): number | null => (host.spanNs > 0 ? (host.stateNs[state] ?? 0) / host.spanNs : null);
  return of(`host_${state}_share`, `host ${state}`, formatShare, `Share of the time in which the host was in its ${state} state.`, value);
}

export const FIGURES: readonly Figure[] = [
  of("slowdown_mean", "slowdown", SLOWDOWN, "Unpressed over done operations: mean over the VMs that had work.", (s) =>
    meanOf(slowdownsOf(s.vms)),
  ),
  of(
    "slowdown_p99",
    "p99",
    SLOWDOWN,
    "99th percentile of the slowdowns of all VMs in all sample intervals.",
    (_, probe) => probe.slowdownP99,
  ),
  of("slowdown_worst_vm", "worst VM", SLOWDOWN, "Slowdown of the VM that was slowed most.", (s) => quantile(slowdownsOf(s.vms), 1)),
  of("idled_intervals", "idled", COUNT, "Sample intervals in which a VM with work stood still.", (s) => sum(s, "idledIntervals")),
  of("guest_swap_in_pages", "swap in", formatBytesOfPages, "Read by all guests from their swap.", (s) => sum(s, "swapInPages")),
  of("guest_swap_out_pages", "swap out", formatBytesOfPages, "Written by all guests to their swap.", (s) => sum(s, "swapOutPages")),
  of("host_swap_in_pages", "host in", formatBytesOfPages, "Read by the host from its swap.", (s) => s.host.swapInPages),
  of("host_swap_out_pages", "host out", formatBytesOfPages, "Written by the host to its swap.", (s) => s.host.swapOutPages),
  of("oom_kills", "OOM kills", COUNT, "Workloads that a guest's OOM killer ended.", (s) => Math.round(sum(s, "oomKills"))),
  of("actions", "actions", COUNT, "Control actions: targets that were sent and then reached or replaced.", (s) => s.control.actions),
  of("latency_p50_ns", "latency p50", formatNs, "From the statistics that a decision used to the acknowledged target: median.", (s) => {
    return s.control.legs.total?.p50Ns ?? null;
  }),
  of("latency_p99_ns", "latency p99", formatNs, "The same, 99th percentile.", (s) => s.control.legs.total?.p99Ns ?? null),
  stateShare("high"),
  stateShare("clear"),
  stateShare("soft"),
  stateShare("hard"),
  stateShare("low"),
  of(
    "fairness",
    "fairness",
    (value) => value.toFixed(3),
    "Jain's index of 1 / slowdown: 1 when all are slowed alike.",
    (s) => s.fairness,
  ),
  of(
    "balloon_pages",
    "given back",
    formatBytesOfPages,
    "In balloons: sum over the VMs, mean over the run.",
    (_, probe) => probe.balloonPages,
  ),
  of("held_pages", "held", formatBytesOfPages, "Machine memory that the VMs held: sum over the VMs, mean over the run.", (_, probe) => {
    return probe.heldPages;
  }),
  of("policy_errors", "errors", COUNT, "Answers of the policy that were contained.", (s) => s.events.counts["policy-error"] ?? 0),
];

export function valuesOf(summary: Summary, probe: Probe): Values {
  return Object.fromEntries(FIGURES.map(({ id, value }) => [id, value(summary, probe)]));
}
