/** Mistakes in a scenario, with the place that each is at; and zod's issues said in our words. */
import type { z } from "zod";
import { meant } from "./schema/field.ts";
import { shown } from "./schema/units.ts";
import { fieldsOf, schemaAt } from "./schema/walk.ts";

export type Path = readonly (string | number)[];

export interface Issue {
  readonly path: Path;
  /** Reads on after the path: `guests[0].memory: is missing; ...`. */
  readonly message: string;
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean;
}

/** `guests[0].workload.regions.heap.size` */
export function showPath(path: Path): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : text === "" ? step : `.${step}`;
  return text;
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** The issues that zod found in `data`, each with what is allowed. */
export function issuesOf(error: z.ZodError, schema: z.ZodType, data: unknown): Issue[] {
  return error.issues.flatMap((issue) => translate(issue, schema, data));
}

function translate(issue: z.core.$ZodIssue, schema: z.ZodType, data: unknown): Issue[] {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, schema, data));
    case "invalid_type":
      return [{ path, message: wrongShape(issue.expected, path, schema, data) }];
    case "invalid_union":
      return [{ path, message: wrongVariant(issue, variantAt(data, path)) }];
    case "too_big":
      return [{ path, message: `has too many entries; allowed: at most ${issue.maximum}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

function keysAt(schema: z.ZodType, path: Path, data: unknown): string[] {
  const place = schemaAt(schema, path, data);
  return place === undefined ? [] : fieldsOf(place, valueAt(data, path)).map((member) => member.key);
}

function unknownKey(path: Path, key: string, schema: z.ZodType, data: unknown): Issue {
  const keys = keysAt(schema, path, data);
  return { path: [...path, key], message: `unknown key${meant(key, keys)}; allowed here: ${keys.join(", ")}`, atKey: true };
}

function wrongShape(expected: string, path: Path, schema: z.ZodType, data: unknown): string {
  const value = valueAt(data, path);
  const keys = keysAt(schema, path, data);
  const shape = expected === "array" ? "a list" : "a mapping";
  const needed = keys.length > 0 ? `${shape} with ${keys.join(", ")}` : shape;
  if (value === undefined) return `is missing; needed: ${needed}`;
  if (value === null) return `is empty; needed: ${needed}`;
  return `${shown(value)} is not ${shape}${keys.length > 0 ? `; needed: ${needed}` : ""}`;
}

/** What names the variant: the discriminator, or the text that stands for the whole mapping. */
function variantAt(data: unknown, path: Path): unknown {
  const whole = valueAt(data, path.slice(0, -1));
  return typeof whole === "string" ? whole : valueAt(data, path);
}

function wrongVariant(issue: z.core.$ZodIssueInvalidUnion, value: unknown): string {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const allowed = options.join(", ");
  if (value === undefined || value === null) return `is missing; needed: one of ${allowed}`;
  return `${shown(value)} is not known${meant(String(value), options)}; allowed: ${allowed}`;
}
