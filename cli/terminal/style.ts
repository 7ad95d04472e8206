/** Colour, and text cut and padded to columns. Text is padded before it is coloured: an escape sequence has no width. */

const CODES = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  blue: "34",
  magenta: "35",
  cyan: "36",
  grey: "90",
} as const;

export type Style = keyof typeof CODES;

export type Paint = (style: Style, text: string) => string;

/** Wraps text in the style's escape sequence, or leaves it as it is. */
export function painter(colour: boolean): Paint {
  return (style, text) => (colour && style !== "plain" && text !== "" ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}

/** Text in exactly `width` columns: padded, or cut with an ellipsis. */
export function left(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width);
}

/** A figure in `width` columns at least: a figure is never cut. */
export function right(text: string, width: number): string {
  return text.padStart(width);
}

/** A coloured line cut to `width` visible columns, its colours closed. */
export function clip(line: string, width: number): string {
  let visible = 0;
  let out = "";
  let styled = false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const piece of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (piece.startsWith("\u001b[")) {
      styled = piece !== "\u001b[0m";
      out += piece;
      continue;
    }
    out += piece.slice(0, width - visible);
    visible = Math.min(width, visible + piece.length);
    if (visible === width) break;
  }
  return styled && visible === width ? `${out}\u001b[0m` : out;
}
