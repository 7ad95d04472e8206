/**
 * A file that does not keep to the schema: what else is wrong with the parts of it that do, so that all mistakes are told at once. What
 * a check needs of a part that is broken is not guessed: such a check is left for when that part is right.
 */
import type { Issue, Path } from "./issue.ts";
import { resolve } from "./resolve.ts";
import { type ScenarioFile, scenarioFile } from "./schema.ts";

type Data = Record<string, unknown>;

const LISTS = ["guests", "faults"] as const;
/** For required fields that are broken: with these nothing is too large or too short. */
const NEUTRAL = { name: "unnamed", duration: "1d", host: { memory: "15TiB" } } as const;

const WHO = ["host", "guests", "trace"];
const WHEN = ["host", "step", "sample", "duration", "network"];

export interface Sound {
  /** With defaults in place of what is broken. */
  readonly file: ScenarioFile;
  readonly issues: readonly Issue[];
}

/** `found`: what the schema says of `data`. Undefined where no sound part is left. */
export function soundParts(data: Data, found: readonly Issue[]): Sound | undefined {
  const places = new Map(LISTS.map((key) => [key as string, placesLeft(data[key], key, found)]));
  const parsed = scenarioFile.safeParse(withoutBroken(data, found, places));
  if (!parsed.success) return undefined;
  const broken = brokenKeys(data, found);
  // A trace is not read for a file that can not be played.
  const issues = resolve(parsed.data, []).issues.filter(({ path }) => !inputsOf(path).some((key) => broken.has(key)));
  return { file: parsed.data, issues: issues.map((issue) => ({ ...issue, path: asWritten(issue.path, places) })) };
}

/** Entries of a list without a mistake, by their place. */
function placesLeft(list: unknown, key: string, found: readonly Issue[]): number[] {
  if (!Array.isArray(list)) return [];
  const bad = new Set(found.flatMap(({ path }) => (path[0] === key ? [path[1]] : [])));
  return bad.has(undefined) ? [] : [...list.keys()].filter((index) => !bad.has(index));
}

function withoutBroken(data: Data, found: readonly Issue[], places: ReadonlyMap<string, readonly number[]>): Data {
  const whole = new Set(found.flatMap(({ path }) => (path.length === 1 || path[0] === "network" || path[0] === "trace" ? [path[0]] : [])));
  const kept: Data = Object.fromEntries(Object.entries(data).filter(([key]) => !whole.has(key)));
  for (const [key, left] of places) if (Array.isArray(kept[key])) kept[key] = left.map((index) => (kept[key] as unknown[])[index]);
  for (const [key, value] of Object.entries(NEUTRAL)) kept[key] ??= value;
  const bad = new Set(found.flatMap(({ path }) => (path[0] === "host" ? [path[1]] : [])));
  const host = Object.entries(kept.host as Data).filter(([key]) => !bad.has(key));
  kept.host = { ...NEUTRAL.host, ...Object.fromEntries(host) };
  return kept;
}

/** An unknown key may be any other's, misspelt. */
function brokenKeys(data: Data, found: readonly Issue[]): ReadonlySet<unknown> {
  const isUnknown = found.some(({ path, atKey }) => atKey === true && path.length === 1);
  const keys = isUnknown ? [...WHO, ...WHEN] : found.map(({ path }) => path[0]);
  return new Set(Object.hasOwn(data, "trace") ? [...keys, "trace"] : keys);
}

/** What the check behind a mistake looks at, beside the entry that it blames: keys of the file. */
function inputsOf([key, part, field]: Path): readonly string[] {
  if (key === "faults") return field === "target" || field === "peer" ? WHO : [];
  if (key === "guests" || key === "trace") return part === undefined ? WHO : [];
  if (key !== "host") return WHEN;
  if (part === "statistics" || part === "lease") return WHEN;
  return part === "memory" || part === "name" ? WHO : [];
}

function asWritten([key, part, ...rest]: Path, places: ReadonlyMap<string, readonly number[]>): Path {
  if (key === undefined || part === undefined) return key === undefined ? [] : [key];
  return [key, typeof part === "number" ? (places.get(String(key))?.[part] ?? part) : part, ...rest];
}
