/** Source files as the tidy test reads them: their text, and their code with comments and strings blanked out. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file below a folder whose name has one of the endings; generated code and installed packages aside. */
export function sourcesIn(folder: string, endings: readonly string[]): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll("\\", "/"))
    .filter((path) => !path.includes("node_modules/") && !path.includes("/generated/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

type Mode = "code" | "line" | "block" | "single" | "double" | "template" | "regex";

const OPENERS: Readonly<Record<string, Mode>> = { "'": "single", '"': "double", "`": "template" };
const CLOSERS: Readonly<Partial<Record<Mode, string>>> = { single: "'", double: '"', template: "`", regex: "/" };

/** What may stand before a `/` that divides. */
const VALUE_END = /[\w)\]}]$/;
const KEYWORD_END = /\b(return|typeof|case|in|of|do|else|void|delete)$/;

/**
 * The text with comments (and, unless `keepStrings`, the contents of strings, templates and regular expressions) replaced by
 * spaces: every character keeps its line and column. Code inside `${}` of a template stays.
 */
export function codeOf(text: string, keepStrings = false): string {
  const out: string[] = [];
  let mode: Mode = "code";
  // Depth of braces at which each open `${` closes.
  const templates: number[] = [];
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    const next = text[i + 1];
    const blank = c === "\n" ? "\n" : " ";
    if (mode === "code") {
      if (c === "/" && (next === "/" || next === "*")) {
        mode = next === "/" ? "line" : "block";
        out.push("  ");
        i++;
      } else if (OPENERS[c] !== undefined) {
        mode = OPENERS[c];
        out.push(c);
      } else if (c === "/" && startsRegex(out)) {
        mode = "regex";
        out.push(c);
      } else {
        if (c === "{") depth++;
        if (c === "}" && templates.at(-1) === depth) {
          templates.pop();
          mode = "template";
        }
        if (c === "}") depth--;
        out.push(c);
      }
    } else if (mode === "line" || mode === "block") {
      const ends = mode === "line" ? c === "\n" : c === "*" && next === "/";
      out.push(blank);
      if (ends && mode === "block") {
        out.push(" ");
        i++;
      }
      if (ends) mode = "code";
    } else if (c === "\\") {
      out.push(keepStrings ? c + (next ?? "") : `${blank}${next === "\n" ? "\n" : " "}`);
      i++;
    } else if (mode === "template" && c === "$" && next === "{") {
      templates.push(++depth);
      mode = "code";
      out.push("${");
      i++;
    } else {
      if (mode === "regex") inClass = c === "[" || (inClass && c !== "]");
      const ends = c === CLOSERS[mode] && !inClass;
      out.push(ends || keepStrings ? c : blank);
      if (ends) mode = "code";
    }
  }
  return out.join("");
}

function startsRegex(before: readonly string[]): boolean {
  const line = before.slice(-200).join("").trimEnd();
  return line === "" || !VALUE_END.test(line) || KEYWORD_END.test(line);
}

/** Line number, from 1, of a place in a text. */
export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
