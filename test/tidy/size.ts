/** Lengths of lines and files. */
import type { Source } from "./source.ts";

export const LINE_MAX = 140;
export const FILE_LINES_MAX = 200;

export function lineProblems(source: Source): string[] {
  return source.text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.length > LINE_MAX)
    .map(({ line, number }) => `${source.path}:${number}: ${line.length} characters, at most ${LINE_MAX} fit: break the line.`);
}

/** `allowed`: files that may be longer, and why. An entry that is no longer needed is a problem too. */
export function fileProblems(sources: readonly Source[], allowed: Readonly<Record<string, string>>): string[] {
  const lines = new Map(sources.map(({ path, text }) => [path, text.trimEnd().split("\n").length]));
  const tooLong = [...lines]
    .filter(([path, count]) => count > FILE_LINES_MAX && allowed[path] === undefined)
    .map(([path, count]) => `${path}: ${count} lines, at most ${FILE_LINES_MAX}: give each noun a file of its own.`);
  const needless = Object.keys(allowed)
    .filter((path) => (lines.get(path) ?? 0) <= FILE_LINES_MAX)
    .map((path) => `${path} is allowed to be long and is not: take it off the list in test/tidy/tidy.test.ts.`);
  return [...tooLong, ...needless];
}
