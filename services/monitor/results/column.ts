/** A column of a result table: name, type, meaning, and where the value comes from. */

/** INT32 a VM's pages and small counts, INT64 times and the host's pages, DOUBLE counts that need not be whole, STRING names. */
export type ColumnType = "INT32" | "INT64" | "DOUBLE" | "STRING" | "BOOLEAN";

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly text: string;
  /** `subject`: name of the actor that the row is about. */
  readonly value: (row: Row, subject: string) => number | string | boolean;
}

export function int32<Row>(name: string, text: string, value: (row: Row) => number): Column<Row> {
  return { name, type: "INT32", text, value };
}

export function int64<Row>(name: string, text: string, value: (row: Row) => number): Column<Row> {
  return { name, type: "INT64", text, value };
}

export function double<Row>(name: string, text: string, value: (row: Row) => number): Column<Row> {
  return { name, type: "DOUBLE", text, value };
}

export function string<Row>(name: string, text: string, value: (row: Row, subject: string) => string): Column<Row> {
  return { name, type: "STRING", text, value };
}
