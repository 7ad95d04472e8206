/** The figures that end a run: its VMs and its host, and its phases side by side. */
import { guestSwapOf, hostSwapOf, seen } from "../../services/monitor/coverage.ts";
import { formatShare, formatSlowdown } from "../../services/monitor/format.ts";
import { quantile, slowdownsOf } from "../../services/monitor/slowdowns.ts";
import type { PhaseSummary, Summary } from "../../services/monitor/summary.ts";
import { lateNote, renderSummaryTable, table as tableOfCells } from "../../services/monitor/summary-table.ts";
import { painter } from "./style.ts";

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

/** A heading and a line for each row; the first column is text, the others are figures. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  return tableOfCells([columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))]);
}

/** Headings are bold where there is colour. */
export function summaryLines(summary: Summary, colour: boolean): string[] {
  const paint = painter(colour);
  const bold = ([heading = "", ...rows]: string[]): string[] => [paint("bold", heading), ...rows];
  const phases = phaseLines(summary);
  const lines = renderSummaryTable(summary).trimEnd().split("\n");
  const notes = lines.splice(0, lateNote(summary).length);
  return [...notes, ...bold(lines), ...(phases.length === 0 ? [] : ["", ...bold(phases)])];
}

/** Columns "in" and "out" of what is swapped. */
function swapColumns(whose: string, of: (phase: PhaseSummary) => readonly string[]): readonly Column<PhaseSummary>[] {
  return [
    { title: `${whose} swap in`, of: (phase) => of(phase)[0] as string },
    { title: "out", of: (phase) => of(phase)[1] as string },
  ];
}

const HOST_SWAP_COLUMNS = swapColumns("host", hostSwapOf);
const PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  { title: "phase", of: (phase) => phase.name },
  { title: "disk", of: ({ host }) => seen(host, [formatShare(host.diskUtilisation)]).join() },
  ...swapColumns("guest", guestSwapOf),
  ...HOST_SWAP_COLUMNS,
  { title: "median slowdown", of: (phase) => formatSlowdown(quantile(slowdownsOf(phase.vms), 0.5)) },
  { title: "worst", of: (phase) => formatSlowdown(quantile(slowdownsOf(phase.vms), 1)) },
  { title: "fairness", of: (phase) => (phase.fairness === null ? "-" : phase.fairness.toFixed(3)) },
];

/** What the classic scenario is about, in one table; the host's own swap is in it where there was any. */
export function phaseLines({ phases }: Summary): string[] {
  if (phases.length === 0) return [];
  const hostSwaps = phases.some(({ host }) => host.swapInPages + host.swapOutPages > 0);
  return table(phases, hostSwaps ? PHASE_COLUMNS : PHASE_COLUMNS.filter((column) => !HOST_SWAP_COLUMNS.includes(column)));
}
