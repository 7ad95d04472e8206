/** How much of a run is on record, in words: what was never recorded has no figures. */
import { SECOND_NS } from "../../lib/units.ts";
import type { VmFigures } from "./figures.ts";
import { formatBytesOfPages, formatNs, formatShare } from "./format.ts";
import type { PhaseSummary, Summary, VmSummary } from "./summary.ts";

/** Figures of a span of time; "-" for each where nothing of it was recorded. */
export function seen({ spanNs }: { readonly spanNs: number }, cells: readonly string[]): readonly string[] {
  return spanNs > 0 ? cells : cells.map(() => "-");
}

/** A VM's swap in and out, pressure (some, full) and OOM kills. */
export function pressureOf(vm: VmSummary): readonly string[] {
  return seen(vm, [
    formatBytesOfPages(vm.swapInPages),
    formatBytesOfPages(vm.swapOutPages),
    formatShare(vm.psiSomeShare),
    formatShare(vm.psiFullShare),
    String(vm.oomKills),
  ]);
}

/** Swap in and out of the host itself in a phase. */
export function hostSwapOf({ host }: PhaseSummary): readonly string[] {
  return seen(host, [formatBytesOfPages(host.swapInPages), formatBytesOfPages(host.swapOutPages)]);
}

/** Swap in and out of all VMs in a phase: of the guests' own systems. */
export function guestSwapOf({ vms }: PhaseSummary): readonly string[] {
  const sum = (of: (vm: VmFigures) => number): number => vms.reduce((total, vm) => total + of(vm), 0);
  return seen({ spanNs: sum((vm) => vm.spanNs) }, [
    formatBytesOfPages(sum((vm) => vm.swapInPages)),
    formatBytesOfPages(sum((vm) => vm.swapOutPages)),
  ]);
}

/** Said where samples of the host are missing, one of which comes each second: a line, or none. On the wall clock the last may be early. */
export function partlySeen({ spanNs }: Summary["host"], endNs: number): string[] {
  if (endNs - spanNs < SECOND_NS) return [];
  return [`seen for ${formatNs(spanNs)} of ${formatNs(endNs)}: states, disk and least free are of that time`];
}

/** What came after a source's last message has no number to miss: here it is said until when each was heard. */
export function silenceNotes({ telemetry, vms, lastMessageNs, endNs }: Summary): string[] {
  const silent = telemetry.sources.filter((source) => source.silent);
  if (silent.length === vms.length + 1)
    return [`telemetry ends at ${formatNs(lastMessageNs)} of ${formatNs(endNs)}: nothing of the time after that is on record`];
  return silent.map(({ name, heardAtNs }) => `${name}: not heard after ${formatNs(heardAtNs)} of ${formatNs(endNs)}`);
}

/** Said of a run in which no VM did anything, such as one of a fraction of a second on the wall clock: a line, or none. */
export function idleNote({ vms }: Summary): string[] {
  if (vms.some(({ operations }) => operations > 0)) return [];
  return [
    "no VM did anything: was the run over before they had booted? A longer duration, or on the wall clock a lower speed, gives them time",
  ];
}
