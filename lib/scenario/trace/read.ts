/** Reads a trace: a file with all VMs, a file with one, or a directory with one file per VM. */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { AerostatError } from "../../errors.ts";
import { NAME } from "../schema/field.ts";
import type { TraceLayout } from "../schema/trace.ts";
import { BITBRAINS_FIRST, BITBRAINS_SEPARATOR, bitbrainsReader, csvReader, type RowReader } from "./formats.ts";
import { linesOf, traceError } from "./lines.ts";
import { Row } from "./row.ts";
import { compareNames, TableBuilder, type TraceTable } from "./table.ts";

const MAX_ROWS = 50_000_000;

export async function readTrace(trace: TraceLayout): Promise<TraceTable> {
  const builder = new TableBuilder();
  for (const file of filesOf(trace.file)) await readFile(file, trace, builder);
  const table = builder.finish();
  if (table.rows === 0) throw new AerostatError("AERO_E_TRACE", `${trace.file}: the trace has no rows`);
  return table;
}

function filesOf(path: string): readonly string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    throw new AerostatError("AERO_E_TRACE", `${path}: there is no such trace: a file, or a directory with one file per VM, is wanted`);
  }
  if (!isDirectory) return [path];
  const files = readdirSync(path).filter((name) => /\.csv(\.gz)?$/i.test(name));
  if (files.length === 0) throw new AerostatError("AERO_E_TRACE", `${path}: the directory has no .csv or .csv.gz file`);
  return files.sort((a, b) => compareNames(stem(a), stem(b))).map((name) => join(path, name));
}

function stem(file: string): string {
  return basename(file).replace(/\.csv(\.gz)?$/i, "");
}

async function readFile(file: string, trace: TraceLayout, builder: TableBuilder): Promise<void> {
  let line = 0;
  let reader: RowReader | undefined;
  let separator = trace.separator;
  for await (const lines of linesOf(file)) {
    for (const text of lines) {
      line++;
      if (line > MAX_ROWS) throw traceError(file, line, 1, `the file has more than ${MAX_ROWS} lines`);
      if (text.trim() === "") continue;
      if (reader === undefined) {
        const bitbrains = isBitbrains(trace, text);
        separator = bitbrains ? BITBRAINS_SEPARATOR : trace.separator;
        const header = new Row(file, line, text.replace(/^\uFEFF/, ""), separator);
        reader = bitbrains ? bitbrainsReader(header, stem(file)) : csvReader(header, trace);
        continue;
      }
      addRow(new Row(file, line, text, separator), reader, builder);
    }
  }
}

function addRow(row: Row, reader: RowReader, builder: TableBuilder): void {
  const values = reader(row);
  if (!NAME.test(values.vm)) throw row.error(0, `"${values.vm.slice(0, 40)}" can not name a VM; allowed: letters, digits, "-" and "_"`);
  const refusal = builder.add(values);
  if (refusal !== undefined) throw row.error(0, refusal);
}

function isBitbrains(trace: TraceLayout, header: string): boolean {
  if (trace.format !== "auto") return trace.format === "bitbrains";
  const first = header.replace(/^\uFEFF/, "").split(BITBRAINS_SEPARATOR)[0] as string;
  return first.trim().toLowerCase() === BITBRAINS_FIRST;
}
