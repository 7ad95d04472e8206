/** One case of a vector file: what the original computed, and what this project's code computes from the same input. */
export interface Case {
  readonly name: string;
  readonly input: unknown;
  readonly expected: unknown;
  readonly ours: unknown;
}

/** Every case of a file whose content this checker understands. */
export interface Checker {
  /** Top-level keys of which a file of this format has at least one. */
  readonly sections: readonly string[];
  cases(file: Json): Iterable<Case>;
}

/** A vector file as parsed: its shape is the file's own, and a wrong one shows as a difference. */
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON of six formats, each checked case by case
export type Json = any;

/** Equal in value; the order of an object's keys does not count, an array's does. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

/** Runs `compute` for each key of what a case expects; a key that is unknown gives undefined, and so a difference. */
export function byKey(expected: Record<string, unknown>, compute: Record<string, () => unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(expected).map((key) => [key, compute[key]?.()]));
}
