/** The summary that ends a run: a table of the VMs, one of the phases, and the host's figures. */
import type { PhaseSummary, Summary, VmSummary } from "../../services/monitor/summary.ts";
import { count, gib, mib, percent, slowdown } from "./format.ts";
import { left, painter, right } from "./style.ts";

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

/** Columns as wide as their widest entry; the first is text, the others are figures. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => (row[column] as string).length)));
  return cells.map((row) => row.map((cell, column) => (column === 0 ? left : right)(cell, widths[column] as number)).join("  "));
}

const VM_COLUMNS: readonly Column<VmSummary>[] = [
  { title: "VM", of: (vm) => vm.name },
  { title: "size GiB", of: (vm) => (vm.last === null ? "-" : gib(vm.last.sizePages)) },
  { title: "balloon GiB", of: (vm) => (vm.last === null ? "-" : gib(vm.last.balloonPages)) },
  { title: "swap in MiB", of: (vm) => mib(vm.swapInPages) },
  { title: "swap out MiB", of: (vm) => mib(vm.swapOutPages) },
  { title: "slowed", of: (vm) => slowdown(vm.slowdown) },
  { title: "worst", of: (vm) => (vm.idledIntervals > 0 ? "stopped" : slowdown(vm.worstSlowdown)) },
  { title: "OOM kills", of: (vm) => count(vm.oomKills) },
];

const PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  { title: "phase", of: (phase) => phase.name },
  { title: "disk", of: (phase) => percent(phase.host.diskUtilisation) },
  { title: "swap in MiB", of: (phase) => mib(phase.vms.reduce((sum, vm) => sum + vm.swapInPages, 0)) },
  { title: "swap out MiB", of: (phase) => mib(phase.vms.reduce((sum, vm) => sum + vm.swapOutPages, 0)) },
  { title: "slowed, median", of: (phase) => slowdown(rank(phase, 0.5)) },
  { title: "slowed, worst", of: (phase) => slowdown(rank(phase, 1)) },
  { title: "fairness", of: (phase) => (phase.fairness === null ? "-" : phase.fairness.toFixed(3)) },
];

/** A quantile of the VMs' slowdowns by nearest rank; null where no VM had work. */
function rank(phase: PhaseSummary, share: number): number | null {
  const values = phase.vms.flatMap((vm) => (vm.slowdown === null ? [] : [vm.slowdown])).sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? null;
}

export function summaryLines(summary: Summary, colour: boolean): string[] {
  const paint = painter(colour);
  const bold = ([heading, ...rows]: string[]): string[] => [paint("bold", heading as string), ...rows];
  const { host, control, telemetry } = summary;
  const least = host.leastFreePages === null ? "-" : `${gib(host.leastFreePages)} GiB`;
  return [
    ...bold(table(summary.vms, VM_COLUMNS)),
    "",
    ...(summary.phases.length === 0 ? [] : [...bold(table(summary.phases, PHASE_COLUMNS)), ""]),
    `host: ${gib(host.machinePages)} GiB, least free ${least}, disk ${percent(host.diskUtilisation)} busy, host swap at most ${gib(host.peakSwappedPages)} GiB`,
    `control: ${count(control.actions)} actions, ${count(control.completed)} completed, ${count(control.superseded)} superseded` +
      `; telemetry: ${count(telemetry.lost)} messages lost, ${count(telemetry.refused)} refused`,
  ];
}
