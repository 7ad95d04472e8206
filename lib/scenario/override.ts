/** `--set path=value`: overrides of any field of a scenario, before it is checked. */
import { parse } from "yaml";
import { AerostatError } from "../errors.ts";
import { type Path, showPath } from "./issue.ts";
import { shown } from "./schema/units.ts";

export interface Override {
  /** As the user wrote it: `host.memory=16GiB`. */
  readonly written: string;
  readonly steps: readonly string[];
  readonly value: unknown;
}

/** Fields that can be written as a text alone, and the key that the text then means. */
const SHORTHANDS: Readonly<Record<string, string>> = { law: "kind", driver: "kind", disk: "preset", policy: "name" };

const PATH = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+|\[\d+\])*$/;
const MAX_VALUE_LENGTH = 100_000;
/** Of groups that a message tells. */
const MAX_NAMES = 5;

export function parseOverride(written: string): Override {
  const equals = written.indexOf("=");
  const path = written.slice(0, equals).trim();
  if (equals < 1 || !PATH.test(path)) {
    throw new AerostatError("AERO_E_INPUT", `--set ${written}: write it as path=value, such as host.memory=16GiB or guests[0].count=4`);
  }
  const text = written.slice(equals + 1);
  if (text.length > MAX_VALUE_LENGTH)
    throw new AerostatError("AERO_E_INPUT", `--set ${path}: the value has ${text.length} characters; allowed: ${MAX_VALUE_LENGTH}`);
  return { written, steps: path.replaceAll(/\[(\d+)\]/g, ".$1").split("."), value: readValue(path, text) };
}

/** Applies one override to the file's plain data, in place. Returns the path that it set. */
export function applyOverride(root: object, override: Override): Path {
  const { steps, written } = override;
  const path: (string | number)[] = [];
  let container = root as Record<string | number, unknown>;
  for (const [index, step] of steps.entries()) {
    const key = keyIn(container, step, path, written);
    path.push(key);
    const last = index === steps.length - 1;
    if (last) return assign(container, key, path, override);
    container = descend(container, key, steps[index + 1] as string, path, written);
  }
  return path;
}

function readValue(path: string, text: string): unknown {
  try {
    return parse(text) ?? null;
  } catch {
    // A text that is not YAML by itself, such as a path with a colon, is that text.
    if (path === "trace" || path === "trace.file") return text;
    throw new AerostatError("AERO_E_INPUT", `--set ${path}: ${shown(text)} is not a value; put texts with special characters in quotes`);
  }
}

function assign(container: Record<string | number, unknown>, key: string | number, path: Path, override: Override): Path {
  const present = Object.hasOwn(container, key) ? container[key] : undefined;
  // `--set trace=FILE` names the file of the trace that the scenario describes.
  if (path.length === 1 && key === "trace" && typeof override.value === "string" && isMapping(present)) {
    present.file = override.value;
    return ["trace", "file"];
  }
  container[key] = override.value;
  return path;
}

/** Index or key of `step` in a container; an entry of `guests` also goes by its group's name. */
function keyIn(container: Record<string | number, unknown>, step: string, path: Path, written: string): string | number {
  if (!Array.isArray(container)) {
    if (step === "__proto__") throw new AerostatError("AERO_E_INPUT", `--set ${written}: there is no field "${step}"`);
    return step;
  }
  const named = container.findIndex((entry) => isMapping(entry) && entry.group === step);
  if (named >= 0) return named;
  const index = Number(step);
  if (!Number.isInteger(index) || index < 0 || index > container.length) {
    throw new AerostatError("AERO_E_INPUT", `--set ${written}: ${showPath(path)} has ${allowedIn(container)}`);
  }
  return index;
}

/** `2 entries; allowed: a group's name (web, db), or an index from 0 to 1, or 2 for a new one`. */
function allowedIn(list: readonly unknown[]): string {
  const { length } = list;
  const names = list.flatMap((entry) => (isMapping(entry) && typeof entry.group === "string" ? [entry.group] : []));
  const named = names.slice(0, MAX_NAMES).join(", ") + (names.length > MAX_NAMES ? ", ..." : "");
  const ways = [
    ...(names.length === 0 ? [] : [`a group's name (${named})`]),
    ...(length === 0 ? [] : [length === 1 ? "index 0" : `an index from 0 to ${length - 1}`]),
  ];
  return `${length} ${length === 1 ? "entry" : "entries"}; allowed: ${[...ways, `${length} for a new one`].join(", or ")}`;
}

function descend(container: Record<string | number, unknown>, key: string | number, next: string, path: Path, written: string) {
  let inner = Object.hasOwn(container, key) ? container[key] : undefined;
  const shorthand = typeof key === "string" && Object.hasOwn(SHORTHANDS, key) ? SHORTHANDS[key] : undefined;
  if (typeof inner === "string" && shorthand !== undefined) inner = { [shorthand]: inner };
  if (inner === undefined || inner === null) inner = /^\d+$/.test(next) ? [] : {};
  if (typeof inner !== "object") {
    throw new AerostatError("AERO_E_INPUT", `--set ${written}: ${showPath(path)} is ${shown(inner)}, so it has no field "${next}"`);
  }
  container[key] = inner;
  return inner as Record<string | number, unknown>;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
