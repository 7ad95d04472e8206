/** The figures that end a run: its VMs and its host, and its phases side by side. */
import { formatBytesOfPages, formatShare, formatSlowdown } from "../../services/monitor/format.ts";
import type { PhaseSummary, Summary } from "../../services/monitor/summary.ts";
import { renderSummaryTable, table } from "../../services/monitor/summary-table.ts";
import { painter } from "./style.ts";

const HEAD = ["phase", "disk", "swap in", "swap out", "slowdown, median", "slowdown, worst", "fairness"];

/** Headings are bold where there is colour. */
export function summaryLines(summary: Summary, colour: boolean): string[] {
  const paint = painter(colour);
  const bold = ([heading = "", ...rows]: string[]): string[] => [paint("bold", heading), ...rows];
  const phases = phaseLines(summary);
  return [...bold(renderSummaryTable(summary).trimEnd().split("\n")), ...(phases.length === 0 ? [] : ["", ...bold(phases)])];
}

/** What the classic scenario is about, in one table. */
export function phaseLines({ phases }: Summary): string[] {
  if (phases.length === 0) return [];
  const rows = phases.map((phase) => {
    const slowdowns = phase.vms.flatMap((vm) => (vm.slowdown === null ? [] : [vm.slowdown])).sort((a, b) => a - b);
    return [
      phase.name,
      formatShare(phase.host.diskUtilisation),
      formatBytesOfPages(sum(phase, "swapInPages")),
      formatBytesOfPages(sum(phase, "swapOutPages")),
      formatSlowdown(slowdowns[Math.ceil(slowdowns.length / 2) - 1] ?? null),
      formatSlowdown(slowdowns.at(-1) ?? null),
      phase.fairness === null ? "-" : phase.fairness.toFixed(3),
    ];
  });
  return table([HEAD, ...rows]);
}

function sum(phase: PhaseSummary, figure: "swapInPages" | "swapOutPages"): number {
  return phase.vms.reduce((total, vm) => total + vm[figure], 0);
}
