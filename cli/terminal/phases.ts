/** The phases of a run side by side: what the classic scenario is about, in one table. */
import { formatBytesOfPages, formatShare, formatSlowdown } from "../../services/monitor/format.ts";
import type { PhaseSummary, Summary } from "../../services/monitor/summary.ts";
import { table } from "../../services/monitor/summary-table.ts";

const HEAD = ["phase", "disk", "swap in", "swap out", "slowdown, median", "slowdown, worst", "fairness"];

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
