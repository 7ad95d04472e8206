/** Reads the tables of a run folder back: for tests, and for what compares runs. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { AerostatError } from "../../../lib/errors.ts";

export type TableName = "samples" | "host" | "actions" | "events" | "latency";
export type Cell = number | string | boolean;
export type Row = Readonly<Record<string, Cell>>;

/**
 * All rows of a table, in the order in which they were recorded, with the columns asked for (all by default). 64-bit integers come as
 * numbers: they are exact below 2^53.
 */
export async function readTable(folder: string, name: TableName, columns?: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of filesOf(folder, name)) {
    const part = await parquetReadObjects({
      file: await asyncBufferFromFile(join(folder, file)),
      ...(columns === undefined ? {} : { columns: [...columns] }),
    });
    for (const row of part)
      rows.push(Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === "bigint" ? Number(value) : value])));
  }
  return rows;
}

/** A long table goes on in `<name>-2.parquet` and so on. */
function filesOf(folder: string, name: TableName): readonly string[] {
  const parts = readdirSync(folder).filter(
    (file) => file === `${name}.parquet` || (file.startsWith(`${name}-`) && file.endsWith(".parquet")),
  );
  if (parts.length === 0)
    throw new AerostatError(
      "AERO_E_RESULTS",
      `${folder} has no ${name}.parquet: the run has not been finished, or this is no run's folder`,
    );
  const number = (file: string): number => Number(/-(\d+)\.parquet$/.exec(file)?.[1] ?? 1);
  return parts.sort((a, b) => number(a) - number(b));
}
