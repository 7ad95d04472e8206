/** The figures that end a run: its VMs and its host, and its phases side by side. */
import { seen, swapOf } from "../../services/monitor/coverage.ts";
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

const PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  { title: "phase", of: (phase) => phase.name },
  { title: "disk", of: ({ host }) => seen(host, [formatShare(host.diskUtilisation)]).join() },
  { title: "swap in", of: (phase) => swapOf(phase)[0] as string },
  { title: "swap out", of: (phase) => swapOf(phase)[1] as string },
  { title: "slowdown, median", of: (phase) => formatSlowdown(quantile(slowdownsOf(phase.vms), 0.5)) },
  { title: "slowdown, worst", of: (phase) => formatSlowdown(quantile(slowdownsOf(phase.vms), 1)) },
  { title: "fairness", of: (phase) => (phase.fairness === null ? "-" : phase.fairness.toFixed(3)) },
];

/** What the classic scenario is about, in one table. */
export function phaseLines({ phases }: Summary): string[] {
  return phases.length === 0 ? [] : table(phases, PHASE_COLUMNS);
}
