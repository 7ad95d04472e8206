/**
 * Makes docs/images/terminal.svg: what the terminal of a running `npm start` shows, drawn by the same code.
 *
 * `npm run picture -- URL [PHASE]`: URL is the address of the monitor's page, as `npm start` prints it. Waits for the phase.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { liveLines } from "../cli/terminal/view.ts";
import type { LiveView } from "../services/monitor/live.ts";

const COLUMNS = 112;
const CELL = { width: 8, height: 18 };
const MARGIN = 14;
const COLOURS: Readonly<Record<string, string>> = {
  "2": "#6e7681",
  "31": "#ff7b72",
  "32": "#56d364",
  "33": "#e3b341",
  "34": "#79c0ff",
  "35": "#d2a8ff",
  "36": "#39c5cf",
  "90": "#8b949e",
};

/** Lines with escape sequences as an SVG; each run of one style is fitted to its cells, whatever the font. */
export function svgOf(lines: readonly string[]): string {
  const width = COLUMNS * CELL.width + 2 * MARGIN;
  const height = lines.length * CELL.height + 2 * MARGIN;
  const texts = lines.flatMap((line, row) => textsOf(line, MARGIN + row * CELL.height + 13));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#e6edf3">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...texts,
    "</svg>\n",
  ].join("\n");
}

function textsOf(line: string, y: number): string[] {
  const texts: string[] = [];
  let code = "";
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const [index, text] of line.split(/\u001b\[([0-9;]*)m/).entries()) {
    if (index % 2 === 1) {
      code = text === "0" ? "" : text;
      continue;
    }
    // Words by themselves, each in its column: SVG runs blanks together.
    for (const word of text.matchAll(/\S+(?: \S+)*/g)) texts.push(textOf(word[0], code, MARGIN + (column + word.index) * CELL.width, y));
    column += text.length;
  }
  return texts;
}

function textOf(text: string, code: string, x: number, y: number): string {
  const style = code === "1" ? ' font-weight="bold"' : code === "" ? "" : ` fill="${COLOURS[code]}"`;
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" textLength="${text.length * CELL.width}" lengthAdjust="spacingAndGlyphs"${style}>${escaped}</text>`;
}

async function main(url: string, phase: string): Promise<void> {
  const state = async (): Promise<LiveView> => ((await (await fetch(new URL("/api/state", url))).json()) as { live: LiveView }).live;
  for (;;) {
    const view = await state();
    // Some seconds into the phase, when its figures have settled.
    if (view.phase === phase) {
      await delay(8_000);
      mkdirSync("docs/images", { recursive: true });
      writeFileSync("docs/images/terminal.svg", svgOf(liveLines(await state(), { columns: COLUMNS, rows: 60, colour: true })));
      return;
    }
    await delay(500);
  }
}

const [url, phase = "storm"] = process.argv.slice(2);
if (url !== undefined) await main(url, phase);
else process.stderr.write("which URL? npm start prints the address of the monitor's page\n");
