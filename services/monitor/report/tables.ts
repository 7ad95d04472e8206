/** The report's tables: per VM, phase, host state, leg, event and gap. */
import { LEGS } from "../aggregate/control.ts";
import type { EventName, TimelineEvent } from "../aggregate/events.ts";
import { LAGGING } from "../aggregate/lag.ts";
import type { TrafficSummary } from "../aggregate/traffic.ts";
import { guestSwapOf, hostSwapOf, partlySeen, pressureOf, seen, silenceNotes } from "../coverage.ts";
import { formatBytesOfPages, formatNs, formatShare, formatSlowdown } from "../format.ts";
import { quantile, slowdownOfVm, slowdownsOf } from "../slowdowns.ts";
import type { Summary } from "../summary.ts";
import { lateNote, slowest } from "../summary-table.ts";
import { htmlTable } from "./html.ts";

/** Rows beyond this many are left to summary.json. */
const MOST_ROWS = 500;

export function tables(summary: Summary): string {
  return [
    vmTable(summary),
    phaseTable(summary),
    stateTable(summary),
    controlTable(summary),
    busTable(summary),
    lagTable(summary),
    eventTable(summary),
    gapTable(summary),
    silenceTable(summary),
  ].join("\n");
}

function vmTable(summary: Summary): string {
  const { vms } = summary;
  const shown = slowest(vms, MOST_ROWS);
  const rows = shown.map((vm) => [
    vm.name,
    formatSlowdown(slowdownOfVm(vm)),
    formatSlowdown(vm.worstSlowdown),
    ...seen(vm, [String(vm.idledIntervals), formatShare(vm.stalledShare)]),
    formatNs(vm.operationLatency?.p50Ns ?? null),
    formatNs(vm.operationLatency?.p99Ns ?? null),
    formatNs(vm.operationLatency?.p999Ns ?? null),
    formatNs(vm.faultLatency?.p99Ns ?? null),
    ...pressureOf(vm),
    ...seen(vm, [formatBytesOfPages(vm.peaks.balloonPages)]),
    vm.last === null ? "-" : formatBytesOfPages(vm.last.balloonPages),
  ]);
  const head = [
    "VM",
    "slowdown",
    "worst",
    "intervals stood still",
    "stalled",
    "cycle p50",
    "cycle p99",
    "cycle p99.9",
    "fault p99",
    "swap in",
    "swap out",
    "PSI some",
    "PSI full",
    "OOM",
    "balloon, most",
    "balloon, last",
  ];
  const which = shown.length < vms.length ? `VMs: the ${shown.length} slowest of ${vms.length}` : "VMs";
  const cycles = "a cycle leaves out time in which the host did not answer, which is in stalled and slowdown";
  return htmlTable([which, cycles, ...lateNote(summary)].join("; "), head, rows);
}

function phaseTable({ phases }: Summary): string {
  if (phases.length === 0) return "";
  const rows = phases.map((phase) => {
    const slowdowns = slowdownsOf(phase.vms);
    return [
      phase.name,
      `${formatNs(phase.fromNs)} to ${formatNs(phase.toNs)}`,
      formatSlowdown(quantile(slowdowns, 0.5)),
      formatSlowdown(quantile(slowdowns, 1)),
      ...guestSwapOf(phase),
      ...hostSwapOf(phase),
      ...seen(phase.host, [formatShare(phase.host.diskUtilisation)]),
      phase.host.leastFreePages === null ? "-" : formatBytesOfPages(phase.host.leastFreePages),
      phase.fairness === null ? "-" : phase.fairness.toFixed(3),
    ];
  });
  return htmlTable(
    "Phases: windows of time over all VMs, each named by the group whose phase began last; fairness is Jain's index of 1/slowdown",
    [
      "phase",
      "time",
      "median slowdown",
      "worst VM",
      "guest swap in",
      "guest swap out",
      "host swap in",
      "host swap out",
      "disk utilisation",
      "least free",
      "fairness",
    ],
    rows,
  );
}

function stateTable({ host, endNs }: Summary): string {
  const rows = Object.entries(host.stateNs).map(([state, ns]) => [
    state,
    formatNs(ns ?? 0),
    formatShare((ns ?? 0) / Math.max(1, host.spanNs)),
  ]);
  return htmlTable(["Time in each state of the host", ...partlySeen(host, endNs)].join("; "), ["state", "time", "share"], rows);
}

function controlTable({ control }: Summary): string {
  const superseded = `${control.superseded} were superseded by a newer one before the target was reached`;
  const caption = `Control actions: ${control.actions}, of which ${control.completed} completed and ${superseded}`;
  const rows = LEGS.map((leg) => {
    const latency = control.legs[leg];
    return [leg === "swapIo" ? "swap I/O" : leg, ...[latency?.p50Ns, latency?.p99Ns, latency?.maxNs].map((ns) => formatNs(ns ?? null))];
  });
  return htmlTable(caption, ["leg", "p50", "p99", "most"], rows);
}

function busTable({ bus, telemetry }: Summary): string {
  const row = (who: string, { sent, sentPerS, received, refused, missed, latencyMeanNs }: TrafficSummary): string[] => {
    return [who, String(sent), sentPerS.toFixed(1), String(received), String(refused), String(missed), formatNs(latencyMeanNs)];
  };
  const { latency } = telemetry;
  const took = [latency?.p50Ns, latency?.p99Ns, latency?.p999Ns, latency?.maxNs].map((ns) => formatNs(ns ?? null));
  return htmlTable(
    `Messages on the bus; telemetry took ${took[0]} (p50), ${took[1]} (p99), ${took[2]} (p99.9), at most ${took[3]}`,
    ["actor", "sent", "a second", "received", "refused", "missed", "mean latency"],
    [row("all guests", bus.guests), row("hypervisor", bus.hypervisor)],
  );
}

/** Of the wall clock alone. */
function lagTable(summary: Summary): string {
  const { lag } = summary;
  const rows = LAGGING.flatMap((service) => {
    const { p50Ns, p99Ns, maxNs } = lag[service] ?? {};
    return p50Ns === undefined ? [] : [[service, ...[p50Ns, p99Ns, maxNs].map((ns) => formatNs(ns ?? null))]];
  });
  if (rows.length === 0) return "";
  const caption = "Lag of the services' own ticks, in model time: the worst of each interval";
  return htmlTable(caption, ["service", "p50", "p99", "most"], rows);
}

function eventTable({ events }: Summary): string {
  const counts = Object.entries(events.counts).map(([kind, count]) => `${kind} ${count}`);
  const rows = events.lines.slice(0, MOST_ROWS).map((line) => [formatNs(line.atNs), line.kind, line.name, amountOf(line), line.detail]);
  return htmlTable(`Events and faults: ${counts.join(", ") || "none"}`, ["time", "kind", "of", "amount", "detail"], rows);
}

/** What the figure of an event says depends on its kind; "" where it has none. */
const AMOUNTS: Readonly<Partial<Record<EventName, (amount: number) => string>>> = {
  boot: (pages) => `${formatBytesOfPages(pages)} for the kernel`,
  "oom-kill": (kills) => `${kills} killed`,
  "lease-ended": (pages) => (pages > 0 ? `${formatBytesOfPages(pages)} back` : ""),
  "ledger-rebuilt": (leases) => `${leases} leases`,
  fault: (ns) => (ns > 0 ? formatNs(ns) : "to the end"),
  "link-gap": (messages) => `${messages} messages`,
  "policy-error": (decisions) => `${decisions} decisions kept`,
};

function amountOf({ kind, amount }: TimelineEvent): string {
  return AMOUNTS[kind]?.(amount) ?? "";
}

function gapTable({ telemetry }: Summary): string {
  if (telemetry.gapsSeen === 0) return "";
  const rows = telemetry.gaps
    .slice(-MOST_ROWS)
    .map((gap) => [gap.name, formatNs(gap.atNs), String(gap.incarnation), `${gap.from} to ${gap.to}`, String(gap.to - gap.from + 1)]);
  return htmlTable(
    `Lost telemetry: ${telemetry.lost} messages in ${telemetry.gapsSeen} gaps`,
    ["source", "found at", "incarnation", "sequence", "messages"],
    rows,
  );
}

function silenceTable(summary: Summary): string {
  const rows = silenceNotes(summary).map((note) => [note]);
  return rows.length === 0 ? "" : htmlTable("Not heard to the end: what these did later is not on record", ["source"], rows);
}
