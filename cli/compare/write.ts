/** Writes a comparison: comparison.json, comparison.parquet (a row a run) and comparison.html. The same inputs give the same bytes. */
import { join } from "node:path";
import { makeFolder } from "../../lib/folder.ts";
import type { Column } from "../../services/monitor/results/column.ts";
import { writeWhole } from "../../services/monitor/results/manifest.ts";
import { Table } from "../../services/monitor/results/table.ts";
import type { Comparison } from "./comparison.ts";
import { FIGURES } from "./figures.ts";
import type { Run } from "./one.ts";
import { renderComparison } from "./page.ts";

export interface ComparisonPaths {
  readonly html: string;
  readonly parquet: string;
  readonly json: string;
}

/** A value that was not measured is NaN. */
const COLUMNS: readonly Column<Run>[] = [
  { name: "policy", type: "STRING", text: "Name of the policy.", value: ({ policy }) => policy },
  { name: "seed", type: "INT64", text: "Seed of the run.", value: ({ seed }) => seed },
  { name: "digest", type: "STRING", text: "Digest of the run, as `aerostat run` gives it.", value: ({ digest }) => digest },
  ...FIGURES.map(({ id, text }): Column<Run> => ({ name: id, type: "DOUBLE", text, value: ({ values }) => values[id] ?? Number.NaN })),
];

export function writeComparison(folder: string, comparison: Comparison): ComparisonPaths {
  makeFolder(folder);
  const paths = {
    html: join(folder, "comparison.html"),
    parquet: join(folder, "comparison.parquet"),
    json: join(folder, "comparison.json"),
  };
  writeWhole(paths.json, `${JSON.stringify(comparison, null, 1)}\n`);
  const table = new Table(folder, "comparison", COLUMNS, { groupRows: Math.max(1, comparison.runs.length) });
  for (const run of comparison.runs) table.add(run, run.policy);
  table.finish();
  writeWhole(paths.html, renderComparison(comparison));
  return paths;
}
