/** A group of rows: one section of docs/validation.md. */
import type { Plot } from "./plot.ts";
import type { Row } from "./row.ts";

export interface GroupOptions {
  /** Folder of real-guest experiments. */
  readonly realGuestFolder: string;
  /** File or folder of the Bitbrains sample, which the project may not carry; absent: its rows are left out. */
  readonly traceFile: string | undefined;
  /** Told what is being worked on. */
  readonly progress: (line: string) => void;
}

export interface GroupResult {
  readonly rows: readonly Row[];
  readonly plots: readonly Plot[];
  /** Sentences for the section: what a reader must know to read the table. */
  readonly notes: readonly string[];
}

export interface Group {
  readonly name: string;
  readonly title: string;
  readonly run: (options: GroupOptions) => GroupResult | Promise<GroupResult>;
}
