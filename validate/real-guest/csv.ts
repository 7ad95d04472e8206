/** Columns of numbers from a CSV file, gzipped or not. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { AerostatError } from "../../lib/errors.ts";

/** By name; a field that is empty or no number is NaN. */
export type Columns = ReadonlyMap<string, Float64Array>;

export interface Table {
  readonly rows: number;
  readonly columns: Columns;
  /** Of the first column, as written. */
  readonly labels: readonly string[];
}

export function readTable(file: string): Table {
  const lines = textOf(file).trim().split(/\r?\n/);
  const names = (lines[0] as string).split(",");
  const fields = lines.slice(1).map((line) => line.split(","));
  const ragged = fields.findIndex((row) => row.length !== names.length);
  if (ragged >= 0) {
    const found = (fields[ragged] as readonly string[]).length;
    throw new AerostatError("AERO_E_INPUT", `${file}, line ${ragged + 2}: ${found} fields; the head has ${names.length}`);
  }
  const columns = new Map<string, Float64Array>();
  for (const [i, name] of names.entries()) {
    columns.set(
      name,
      Float64Array.from(fields, (row) => numberOf(row[i] as string)),
    );
  }
  return { rows: fields.length, columns, labels: fields.map((row) => row[0] as string) };
}

function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (cause) {
    throw new AerostatError("AERO_E_INPUT", `${file} can not be read: ${(cause as Error).message}`, { cause });
  }
}

/** The column of that name. */
export function column(table: Table, name: string, file: string): Float64Array {
  const found = table.columns.get(name);
  if (found === undefined) throw new AerostatError("AERO_E_INPUT", `${file} has no column "${name}"`);
  return found;
}
