/** One line of a trace file, split into fields that know their place in it. */
import { traceError } from "./lines.ts";

export class Row {
  readonly #file: string;
  readonly #line: number;
  readonly #fields: readonly string[];
  readonly #columns: readonly number[];

  constructor(file: string, line: number, text: string, separator: string) {
    this.#file = file;
    this.#line = line;
    const raw = text.replace(/\r$/, "").split(separator);
    let column = 1;
    const columns: number[] = [];
    for (const field of raw) {
      columns.push(column + (field.length - field.trimStart().length));
      column += field.length + separator.length;
    }
    this.#columns = columns;
    this.#fields = raw.map(unquoted);
  }

  get fields(): readonly string[] {
    return this.#fields;
  }

  /** A number of at least 0. */
  number(index: number, name: string): number {
    const text = this.text(index, name);
    const value = text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || value < 0)
      throw this.error(index, `"${text.slice(0, 40)}" in column "${name}" is not a number of at least 0`);
    return value;
  }

  text(index: number, name: string): string {
    const text = this.#fields[index];
    if (text === undefined) throw this.error(index, `the row has ${this.#fields.length} fields, so none for column "${name}"`);
    return text;
  }

  error(index: number, message: string): Error {
    return traceError(this.#file, this.#line, this.#columns[index] ?? this.#columns.at(-1) ?? 1, message);
  }
}

function unquoted(field: string): string {
  const text = field.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}
