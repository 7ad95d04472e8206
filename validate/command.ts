/** `aerostat validate`: runs groups of rows, prints the table, writes document, plots and JSON. */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AerostatError } from "../lib/errors.ts";
import { makeFolder } from "../lib/folder.ts";
import { documentOf, figure, plotFiles } from "./document.ts";
import { fixturePath } from "./fixtures.ts";
import type { Group } from "./group.ts";
import { jsonOf } from "./json.ts";
import { svgOf } from "./plot.ts";
import { fitParameters } from "./real-guest/fit.ts";
import { projectRoot } from "./root.ts";
import type { Row } from "./row.ts";
import { groupsNamed, runGroups, type Section } from "./run.ts";

export interface ValidateOptions {
  /** Names of groups; empty: all. */
  readonly only: readonly string[];
  readonly json?: string;
  readonly document?: string;
  readonly realGuest?: string;
  readonly traces?: string;
  /** Search the real guests' parameters again instead. */
  readonly fit?: boolean;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly progress: (line: string) => void;
}

/** The exit code: 0 when every row is met, 1 when one is missed. */
export async function validate(options: ValidateOptions, streams: Streams, known?: readonly Group[]): Promise<number> {
  const groups = groupsNamed(options.only, known);
  const realGuestFolder = folderOf(options.realGuest);
  if (options.fit === true) {
    streams.out(`${JSON.stringify(fitParameters(realGuestFolder, streams.progress), null, 2)}\n`);
    return 0;
  }
  const traceFile = options.traces === undefined ? undefined : existing(options.traces, "--traces");
  // A part of the groups is no validation: it goes to a document only where one is named.
  const whole = options.only.length === 0;
  const document = options.document ?? (whole ? join(projectRoot(), "docs", "validation.md") : undefined);
  // The rows take minutes: what can not be written is told before.
  for (const path of [options.json, document]) if (path !== undefined) makeFolder(dirname(resolve(path)));
  const sections = await runGroups(groups, { realGuestFolder, traceFile, progress: streams.progress });
  const rows = sections.flatMap((section) => section.rows);
  streams.out(tableOf(rows));
  if (options.json !== undefined) write(resolve(options.json), jsonOf(sections));
  if (document !== undefined) streams.progress(`Written: ${writeDocument(resolve(document), sections)}`);
  return rows.every((row) => row.met) ? 0 : 1;
}

function folderOf(folder: string | undefined): string {
  const path = folder === undefined ? fixturePath("real-guest") : existing(folder, "--real-guest");
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new AerostatError("AERO_E_INPUT", `--real-guest ${path}: a folder is needed that holds one folder per experiment`);
  return path;
}

function existing(path: string, option: string): string {
  if (existsSync(path)) return resolve(path);
  throw new AerostatError("AERO_E_INPUT", `${option} ${path}: there is no such file or folder`);
}

function writeDocument(path: string, sections: readonly Section[]): string {
  const folder = basename(path, extname(path));
  const plotFolder = join(dirname(path), folder);
  if (existsSync(plotFolder)) for (const name of readdirSync(plotFolder)) if (name.endsWith(".svg")) rmSync(join(plotFolder, name));
  for (const { file, plot } of plotFiles(sections, folder)) write(join(dirname(path), file), svgOf(plot));
  write(path, documentOf(sections, folder));
  return path;
}

function write(path: string, text: string): void {
  makeFolder(dirname(path));
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new AerostatError("AERO_E_RESULTS", `${path} can not be written: ${(cause as Error).message}`, { cause });
  }
}

/** Missed rows in full, met ones counted. */
function tableOf(rows: readonly Row[]): string {
  const missed = rows.filter((row) => !row.met);
  const lines = missed.map((row) => {
    const scaled = (value: number) => (row.kind === "relative" ? `${figure(100 * value)} %` : `${figure(value)} ${row.unit}`.trim());
    const ours =
      row.ours === null
        ? "no answer"
        : `ours ${figure(row.ours)}, off by ${scaled(row.error as number)} (tolerance ${scaled(row.tolerance)})`;
    return `missed  ${row.id}: reference ${figure(row.reference)} ${row.unit}, ${ours}`;
  });
  return `${[...lines, `${rows.length - missed.length} of ${rows.length} rows met, ${missed.length} missed`].join("\n")}\n`;
}
