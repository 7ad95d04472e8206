/** The summary as text, for the end of a run in a terminal: at most 118 columns. */
import type { Leg } from "./aggregate/control.ts";
import { LEGS } from "./aggregate/control.ts";
import { LAGGING } from "./aggregate/lag.ts";
import type { Percentiles } from "./aggregate/percentiles.ts";
import type { TrafficSummary } from "./aggregate/traffic.ts";
import { idleNote, partlySeen, pressureOf, seen, silenceNotes } from "./coverage.ts";
import { formatBytesOfPages, formatNs, formatShare, formatSlowdown } from "./format.ts";
import { slowdownOfVm } from "./slowdowns.ts";
import type { Summary, VmSummary } from "./summary.ts";

/** VMs beyond this many are left to the report; the slowest are shown. */
const MOST_LINES = 40;

export function renderSummaryTable(summary: Summary): string {
  return [
    ...lateNote(summary),
    ...vmTable(summary),
    ...idleNote(summary),
    "",
    ...hostLines(summary),
    "",
    ...controlLines(summary),
    "",
    ...lagLines(summary),
    ...busLines(summary),
    ...telemetryLines(summary),
    "",
  ].join("\n");
}

const VM_HEAD = [
  "vm",
  "slowdown",
  "worst",
  "stalled",
  "cycle p50",
  "p99",
  "swap in",
  "swap out",
  "psi some",
  "full",
  "oom",
  "memory",
  "target",
];

function vmTable(summary: Summary): string[] {
  const shown = slowest(summary.vms, MOST_LINES);
  const rows = shown.map((vm) => [
    vm.name,
    formatSlowdown(slowdownOfVm(vm)),
    formatSlowdown(vm.worstSlowdown),
    ...seen(vm, [formatShare(vm.stalledShare)]),
    formatNs(vm.operationLatency?.p50Ns ?? null),
    formatNs(vm.operationLatency?.p99Ns ?? null),
    ...pressureOf(vm),
    vm.last === null ? "-" : formatBytesOfPages(vm.last.sizePages - vm.last.balloonPages),
    vm.last === null || vm.last.targetPages === 0 ? "-" : formatBytesOfPages(vm.last.targetPages),
  ]);
  const lines = [
    ...table([VM_HEAD, ...rows]),
    "(cycle: without time in which the host did not answer, see stalled and slowdown; memory and target: as last heard)",
  ];
  if (shown.length < summary.vms.length)
    lines.push(`(the ${shown.length} slowest of ${summary.vms.length} VMs; the others are in the report)`);
  return lines;
}

/** The `count` slowest, in roster order. */
export function slowest(vms: readonly VmSummary[], count: number): readonly VmSummary[] {
  if (vms.length <= count) return vms;
  const rank = (vm: VmSummary): number => slowdownOfVm(vm) ?? 0;
  const order = vms
    .map((vm, index) => ({ index, rank: rank(vm) }))
    .sort((a, b) => (a.rank === b.rank ? a.index - b.index : b.rank - a.rank));
  return order
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ index }) => vms[index] as VmSummary);
}

function hostLines({ host, fairness, events, endNs }: Summary): string[] {
  const states = Object.entries(host.stateNs).map(([state, ns]) => `${state} ${formatShare((ns ?? 0) / Math.max(1, host.spanNs))}`);
  const counts = Object.entries(events.counts).map(([kind, count]) => `${kind} ${count}`);
  const [utilisation, worst, queue, swapIn, swapOut] = seen(host, [
    formatShare(host.diskUtilisation),
    formatShare(host.worstDiskUtilisation),
    host.diskQueue.toFixed(1),
    formatBytesOfPages(host.swapInPages),
    formatBytesOfPages(host.swapOutPages),
  ]);
  const free = host.leastFreePages === null ? "-" : formatBytesOfPages(host.leastFreePages);
  return [
    `host     ${host.name}, ${formatBytesOfPages(host.machinePages)}; states: ${states.join(", ") || "none seen"}; least free ${free}`,
    ...partlySeen(host, endNs).map((note) => `         ${note}`),
    `disk     utilisation ${utilisation} (worst ${worst}), queue ${queue}; host swap in ${swapIn}, out ${swapOut}`,
    ...(host.compressedPages > 0 ? [poolLine(host)] : []),
    `fairness ${fairness === null ? "-" : fairness.toFixed(3)} (Jain's index of 1/slowdown)`,
    `events   ${counts.join(", ") || "none"}`,
  ];
}

function poolLine({ peakPoolPages, compressedPages, decompressedPages }: Summary["host"]): string {
  const flows = `compressed ${formatBytesOfPages(compressedPages)}, decompressed ${formatBytesOfPages(decompressedPages)}`;
  return `pool     ${flows}; most machine memory in it ${formatBytesOfPages(peakPoolPages)}`;
}

const LEG_NAMES: Readonly<Record<Leg, string>> = {
  decide: "decide",
  bus: "bus",
  driver: "driver",
  reclaim: "reclaim",
  swapIo: "swap I/O",
  acknowledge: "acknowledge",
  total: "total",
};

function controlLines({ control }: Summary): string[] {
  const head = `control  ${control.actions} actions, ${control.completed} completed, ${control.superseded} superseded`;
  if (control.completed === 0) return [head];
  const row = (name: string, of: (percentiles: Percentiles) => number): string[] => [
    name,
    ...LEGS.map((leg) => {
      const percentiles = control.legs[leg];
      return formatNs(percentiles === null ? null : of(percentiles));
    }),
  ];
  const rows = table([
    ["", ...LEGS.map((leg) => LEG_NAMES[leg])],
    row("p50", (p) => p.p50Ns),
    row("p99", (p) => p.p99Ns),
    row("max", (p) => p.maxNs),
  ]);
  return [head, ...rows.map((line) => `         ${line}`)];
}

/** Senders that are listed with what they lost, and as silent. */
const MOST_SOURCES = 10;

function busLines({ bus, telemetry }: Summary): string[] {
  const traffic = (who: string, { sent, sentPerS, latencyMeanNs }: TrafficSummary): string =>
    `${who} sent ${sent} (${sentPerS.toFixed(0)} a second), mean latency of what they got ${formatNs(latencyMeanNs)}`;
  return [
    `bus      ${traffic("guests", bus.guests)}`,
    `         ${traffic("hypervisor", bus.hypervisor)}`,
    `         telemetry took ${formatNs(telemetry.latency?.p50Ns ?? null)} (p50), ${formatNs(telemetry.latency?.p99Ns ?? null)} (p99)`,
  ];
}

/** Said where the clock ran away from guests or host, for whom guests then wait: a line, or none. */
export function lateNote({ lag, stepNs }: Summary): string[] {
  const [guestNs, hostNs] = [lag.guest?.p99Ns ?? 0, lag.hypervisor?.p99Ns ?? 0];
  const late = [...(guestNs > stepNs ? ["guests"] : []), ...(hostNs > stepNs ? ["the host"] : [])];
  if (late.length === 0) return [];
  const p99 = formatNs(Math.max(guestNs, hostNs));
  const what = `${late.join(" and ")} ran later than a step, ${formatNs(stepNs)} (p99 ${p99}; lag, below)`;
  return [`${what}: slowdown is this machine's too; a lower speed or fewer processes would be true`];
}

/** Of the wall clock alone. */
function lagLines(summary: Summary): string[] {
  const { lag } = summary;
  const told = LAGGING.filter((service) => lag[service] !== null);
  if (told.length === 0) return [];
  const row = (name: string, of: (percentiles: Percentiles) => number): string[] => [
    name,
    ...told.map((service) => formatNs(of(lag[service] as Percentiles))),
  ];
  const rows = table([["", ...told], row("p50", (p) => p.p50Ns), row("p99", (p) => p.p99Ns), row("max", (p) => p.maxNs)]);
  return ["lag      of each service's own ticks, in model time", ...rows.map((line) => `         ${line}`), ""];
}

function telemetryLines(summary: Summary): string[] {
  const { telemetry } = summary;
  const taken = Object.values(telemetry.messages).reduce((sum, count) => sum + count, 0);
  const line = `messages ${taken} taken, ${telemetry.lost} lost in ${telemetry.gapsSeen} gaps, ${telemetry.refused} refused`;
  const short = telemetry.sources.filter((source) => source.lost > 0 || source.refused > 0);
  const listed = (lines: readonly string[]): string[] => {
    const more = lines.length - MOST_SOURCES;
    return [...lines.slice(0, MOST_SOURCES), ...(more > 0 ? [`and ${more} more in summary.json`] : [])];
  };
  const notes = [
    ...listed(short.map(({ name, lost, refused }) => `${name}: ${lost} lost${refused > 0 ? `, ${refused} refused` : ""}`)),
    ...listed(silenceNotes(summary)),
  ];
  return [line, ...notes.map((note) => `         ${note}`)];
}

/** Columns as wide as their widest cell; the first to the left, figures to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
