/**
 * Leaves of the scenario schema: each says how a value is read, what is allowed, and what it means.
 *
 * The parsed value is in model units (pages, integer ns). The same description serves validation messages and
 * docs/scenario.md, so neither can go stale.
 */
import { z } from "zod";
import { PAGE_BYTES } from "../../units.ts";
import { parseRate, parseShare, parseSize, parseTime, Refusal, shown, written } from "./units.ts";

/** How one kind of value is written. */
export interface Kind<T> {
  readonly name: string;
  readonly allowed: string;
  /** Throws Refusal. */
  parse(value: unknown): T;
}

/** What docs/scenario.md says of a field. */
export interface FieldMeta {
  readonly description: string;
  readonly kind: string;
  readonly allowed: string;
  readonly fallback: string;
}

export function required<T>(kind: Kind<T>, description: string) {
  return leaf(kind).meta({ description, kind: kind.name, allowed: kind.allowed, fallback: "required" });
}

/** `fallback` is written as the user would write it. */
export function withDefault<T>(kind: Kind<T>, fallback: string | number | boolean, description: string) {
  const meta: FieldMeta = { description, kind: kind.name, allowed: kind.allowed, fallback: String(fallback) };
  return leaf(kind)
    .prefault(fallback)
    .meta({ ...meta });
}

/** Absent stays absent; `otherwise` says what that means. */
export function optional<T>(kind: Kind<T>, otherwise: string, description: string) {
  return leaf(kind).optional().meta({ description, kind: kind.name, allowed: kind.allowed, fallback: otherwise });
}

/** Pages of a size, rounded up to whole pages. */
export function size(min: string, max: string): Kind<number> {
  return {
    name: "size",
    allowed: `${min} to ${max}`,
    parse(value) {
      const bytes = ranged(parseSize(value), parseSize(min), parseSize(max), () => written(value), `${min} to ${max}`);
      return Math.ceil(bytes / PAGE_BYTES);
    },
  };
}

/** Integer nanoseconds. */
export function time(min: string, max: string): Kind<number> {
  return {
    name: "time",
    allowed: `${min} to ${max}`,
    parse: (value) => ranged(parseTime(value), parseTime(min), parseTime(max), () => written(value), `${min} to ${max}`),
  };
}

/** Pages per second. */
export const rate: Kind<number> = { name: "rate", allowed: "a size per second", parse: parseRate };

export const share: Kind<number> = { name: "share", allowed: "0 to 1, or 0% to 100%", parse: parseShare };

export function integer(min: number, max: number): Kind<number> {
  const allowed = `${min} to ${max}`;
  return {
    name: "whole number",
    allowed,
    parse(value) {
      if (typeof value !== "number" || !Number.isInteger(value))
        throw new Refusal(`${shown(value)} is not a whole number; allowed: ${allowed}`);
      return ranged(value, min, max, String, allowed);
    },
  };
}

export function decimal(min: number, max: number): Kind<number> {
  const allowed = `${min} to ${max}`;
  return {
    name: "number",
    allowed,
    parse(value) {
      if (typeof value !== "number" || !Number.isFinite(value)) throw new Refusal(`${shown(value)} is not a number; allowed: ${allowed}`);
      return ranged(value, min, max, String, allowed);
    },
  };
}

export const flag: Kind<boolean> = {
  name: "flag",
  allowed: "true or false",
  parse(value) {
    if (typeof value !== "boolean") throw new Refusal(`${shown(value)} is not a flag; allowed: true or false`);
    return value;
  },
};

export function choice<const T extends string>(...options: readonly T[]): Kind<T> {
  const allowed = options.join(", ");
  return {
    name: "one of",
    allowed,
    parse(value) {
      const found = options.find((option) => option === value);
      if (found === undefined) throw new Refusal(`${shown(value)} is not known${meant(String(value), options)}; allowed: ${allowed}`);
      return found;
    },
  };
}

/** A token that can stand in a NATS subject and in a file name. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export const name: Kind<string> = {
  name: "name",
  allowed: "letters, digits, - and _; at most 63",
  parse(value) {
    if (typeof value !== "string" || !NAME.test(value)) {
      throw new Refusal(`${shown(value)} is not a name; allowed: letters, digits, "-" and "_", at most 63, the first a letter or digit`);
    }
    return value;
  },
};

export function text(maxLength: number, minLength = 0): Kind<string> {
  const allowed = minLength === 0 ? `at most ${maxLength} characters` : `${minLength} to ${maxLength} characters`;
  return {
    name: "text",
    allowed,
    parse(value) {
      if (typeof value !== "string") throw new Refusal(`${shown(value)} is not a text; put it in quotes`);
      if (value.length < minLength || value.length > maxLength)
        throw new Refusal(`the text has ${value.length} characters; allowed: ${allowed}`);
      return value;
    },
  };
}

/** ` (did you mean "x"?)` for the candidate nearest to a misspelt word, or nothing. */
export function meant(word: string, candidates: readonly string[]): string {
  let best = "";
  let bestDistance = Math.min(3, Math.floor(word.length / 2) + 1);
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === "" ? "" : ` (did you mean "${best}"?)`;
}

function leaf<T>(kind: Kind<T>) {
  return z.unknown().transform((value, context): T => {
    const refuse = (message: string): T => {
      context.issues.push({ code: "custom", message, input: value });
      return z.NEVER;
    };
    if (value === undefined) return refuse(`is missing; needed: ${needed(kind)}`);
    if (value === null) return refuse(`is empty; needed: ${needed(kind)}`);
    try {
      return kind.parse(value);
    } catch (error) {
      if (error instanceof Refusal) return refuse(error.message);
      throw error;
    }
  });
}

function needed(kind: Kind<unknown>): string {
  return kind.name === "one of" ? `one of ${kind.allowed}` : `a ${kind.name} (${kind.allowed})`;
}

function ranged(value: number, min: number, max: number, show: (value: number) => string, allowed: string): number {
  if (value < min || value > max) throw new Refusal(`${show(value)} is out of range; allowed: ${allowed}`);
  return value;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
