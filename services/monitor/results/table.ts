/**
 * One result table, written as rows come: columns in typed arrays, a row group at a time, a new file when one has grown
 * so long that its footer would matter. Memory does not depend on how long the run is.
 */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { type ColumnSource, fileWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { AerostatError } from "../../../lib/errors.ts";
import type { Column, ColumnType } from "./column.ts";

export interface TableOptions {
  readonly groupRows?: number;
  readonly fileRows?: number;
}

/** What a finished file holds. */
export interface TableFile {
  readonly file: string;
  readonly rows: number;
}

export const GROUP_ROWS = 16_384;
/** A footer keeps about 60 kB for a row group of 40 columns until the file is closed. */
const FILE_ROWS = 4_194_304;

export class Table<Row> {
  readonly #folder: string;
  readonly #name: string;
  readonly #columns: readonly Column<Row>[];
  readonly #cells: readonly Cells[];
  readonly #groupRows: number;
  readonly #fileRows: number;
  readonly #files: TableFile[] = [];
  #writer: ParquetWriter | undefined;
  #buffered = 0;
  #rowsInFile = 0;

  /** Nothing is on disk under the final name before its file is whole. */
  constructor(folder: string, name: string, columns: readonly Column<Row>[], options: TableOptions = {}) {
    this.#folder = folder;
    this.#name = name;
    this.#columns = columns;
    this.#groupRows = options.groupRows ?? GROUP_ROWS;
    this.#fileRows = options.fileRows ?? FILE_ROWS;
    this.#cells = columns.map((column) => cellsFor(column.type, this.#groupRows, `${name}.${column.name}`));
  }

  /** `subject`: name of the actor that the row is about. */
  add(row: Row, subject: string): void {
    const slot = this.#buffered;
    for (let i = 0; i < this.#columns.length; i++)
      (this.#cells[i] as Cells).set(slot, (this.#columns[i] as Column<Row>).value(row, subject));
    this.#buffered++;
    if (this.#buffered === this.#groupRows) this.#flush();
  }

  /** Closes the table; one without rows is written all the same, so that every run has every file. */
  finish(): readonly TableFile[] {
    this.#flush();
    if (this.#writer !== undefined || this.#files.length === 0) this.#close();
    return this.#files;
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    const writer = this.#open();
    const columnData = this.#columns.map((column, index): ColumnSource => {
      const { type, name } = column;
      const statistics = name === "time_ns";
      return { name, data: (this.#cells[index] as Cells).view(this.#buffered), encoding: ENCODINGS[type], statistics, offsetIndex: false };
    });
    this.#guard(() => writer.write({ columnData, rowGroupSize: this.#groupRows }));
    this.#rowsInFile += this.#buffered;
    this.#buffered = 0;
    if (this.#rowsInFile >= this.#fileRows) this.#close();
  }

  #open(): ParquetWriter {
    this.#writer ??= this.#guard(
      () =>
        new ParquetWriter({
          writer: fileWriter(this.#path(true)),
          schema: schemaOf(this.#columns),
          createdBy: "aerostat",
          statistics: false,
        }),
    );
    return this.#writer;
  }

  #close(): void {
    const writer = this.#open();
    this.#guard(() => {
      writer.finish();
      renameSync(this.#path(true), this.#path(false));
    });
    this.#files.push({ file: this.#fileName(), rows: this.#rowsInFile });
    this.#writer = undefined;
    this.#rowsInFile = 0;
  }

  #fileName(): string {
    return this.#files.length === 0 ? `${this.#name}.parquet` : `${this.#name}-${this.#files.length + 1}.parquet`;
  }

  #path(partial: boolean): string {
    return join(this.#folder, partial ? `${this.#fileName()}.partial` : this.#fileName());
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AerostatError("AERO_E_RESULTS", `results can not be written to ${this.#path(false)}: ${reason}`, { cause });
    }
  }
}

/** Chosen by measurement: cheap to write and small. */
const ENCODINGS = {
  INT32: "DELTA_BINARY_PACKED",
  INT64: "DELTA_BINARY_PACKED",
  DOUBLE: "BYTE_STREAM_SPLIT",
  STRING: "RLE_DICTIONARY",
  BOOLEAN: undefined,
} as unknown as Readonly<Record<ColumnType, NonNullable<ColumnSource["encoding"]>>>;

function schemaOf(columns: readonly Column<never>[]): SchemaElement[] {
  const leaves = columns.map(({ name, type }): SchemaElement => {
    const element = { name, repetition_type: "REQUIRED" as const };
    return type === "STRING" ? { ...element, type: "BYTE_ARRAY", converted_type: "UTF8" } : { ...element, type };
  });
  return [{ name: "root", num_children: leaves.length }, ...leaves];
}

interface Cells {
  set(slot: number, value: number | string | boolean): void;
  view(rows: number): ColumnSource["data"];
}

function cellsFor(type: ColumnType, rows: number, where: string): Cells {
  switch (type) {
    case "INT32": {
      const cells = new Int32Array(rows);
      const set = (slot: number, value: number): void => {
        cells[slot] = value;
        if (cells[slot] !== value) throw new AerostatError("AERO_E_RESULTS", `${where}: ${value} is not a whole number of 32 bits`);
      };
      return { set: set as Cells["set"], view: (count) => cells.subarray(0, count) };
    }
    case "INT64": {
      // Two halves of one number: a BigInt for every cell would cost more than all the rest.
      const cells = new BigInt64Array(rows);
      const halves = new Int32Array(cells.buffer);
      const set = (slot: number, value: number): void => {
        // On the wall clock a lag may have a fraction of a nanosecond.
        const whole = Math.floor(value);
        if (!Number.isSafeInteger(whole)) throw new AerostatError("AERO_E_RESULTS", `${where}: ${value} is not a number below 2^53`);
        halves[2 * slot] = whole | 0;
        halves[2 * slot + 1] = Math.floor(whole / 4294967296);
      };
      return { set: set as Cells["set"], view: (count) => cells.subarray(0, count) };
    }
    case "DOUBLE": {
      const cells = new Float64Array(rows);
      return { set: (slot, value) => (cells[slot] = value as number), view: (count) => cells.subarray(0, count) };
    }
    default: {
      const cells: (string | number | boolean)[] = new Array(rows).fill("");
      return { set: (slot, value) => (cells[slot] = value), view: (count) => cells.slice(0, count) };
    }
  }
}
