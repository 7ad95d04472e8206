/**
 * Sizes, times, rates and shares as a scenario writes them: a number and a unit (`4GiB`, `200ms`, `1GiB/s`, `6%`).
 *
 * A plain number is refused: whether 4096 means pages, bytes or MiB is what the unit is there to say.
 */
import { GIB, KIB, MIB, PAGE_BYTES } from "../../units.ts";

/** Why a written value is refused, as the end of a sentence that begins with its path. */
export class Refusal extends Error {}

const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: KIB, MiB: MIB, GiB: GIB, TiB: 1024 * GIB };

const TIME_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  min: 60e9,
  h: 3600e9,
  d: 86400e9,
};

/** What people write, and what they should have written. */
const HINTS: Readonly<Record<string, string>> = {
  kB: "KiB",
  KB: "KiB",
  MB: "MiB",
  GB: "GiB",
  TB: "TiB",
  K: "KiB",
  M: "MiB",
  G: "GiB",
  T: "TiB",
  Gi: "GiB",
  Mi: "MiB",
  Ki: "KiB",
  m: "min",
  sec: "s",
  hour: "h",
  day: "d",
};

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)$/;

interface Dimension {
  readonly name: string;
  readonly units: Readonly<Record<string, number>>;
  readonly examples: string;
}

const SIZE: Dimension = { name: "size", units: SIZE_UNITS, examples: "512MiB or 4GiB" };
const TIME: Dimension = { name: "time", units: TIME_UNITS, examples: "200ms or 90s" };

/** Bytes. */
export function parseSize(value: unknown): number {
  return Math.round(quantity(value, SIZE));
}

/** Whole nanoseconds. */
export function parseTime(value: unknown): number {
  return Math.round(quantity(value, TIME));
}

/** Pages per second, at least one. */
export function parseRate(value: unknown): number {
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text === undefined || !text.endsWith("/s")) {
    throw new Refusal(`${shown(value)} is not a rate; write a size per second, such as 512MiB/s`);
  }
  return Math.max(1, Math.round(parseSize(text.slice(0, -2)) / PAGE_BYTES));
}

/** A part of one: `0.06` or `6%`. */
export function parseShare(value: unknown): number {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim()) : null;
  const share = match === null ? value : Number(match[1]) / 100;
  if (typeof share !== "number" || !(share >= 0 && share <= 1)) {
    throw new Refusal(`${shown(value)} is not a share; write a number from 0 to 1, or a percentage such as 6%`);
  }
  return share;
}

/** A size in the largest unit that keeps it short. */
export function showSize(bytes: number): string {
  return show(bytes, SIZE_UNITS);
}

export function showTime(ns: number): string {
  return show(ns, TIME_UNITS);
}

/** A value as the user wrote it, cut to a readable length. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // An alias that contains itself.
    text = "a value that contains itself";
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The same of a quantity that was understood, without quotes. */
export function written(value: unknown): string {
  return shown(value).replaceAll('"', "");
}

function quantity(value: unknown, dimension: Dimension): number {
  const { name, units, examples } = dimension;
  if (typeof value === "number") {
    throw new Refusal(`${shown(value)} has no unit; a ${name} is a number with a unit, such as ${examples}`);
  }
  const match = typeof value === "string" ? QUANTITY.exec(value.trim()) : null;
  if (match === null && typeof value === "string" && QUANTITY.test(value.trim().replace(/^-/, "")))
    throw new Refusal(`${shown(value)} is negative; write a ${name} such as ${examples}`);
  if (match === null) throw new Refusal(`${shown(value)} is not a ${name}; write a number with a unit, such as ${examples}`);
  const unit = (match[2] as string).replace("µ", "u");
  if (unit === "") throw new Refusal(`${shown(value)} has no unit; a ${name} is a number with a unit, such as ${examples}`);
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined)
    throw new Refusal(`${shown(value)} has the unknown unit "${unit}"${hint(unit, units)}; units of a ${name} are ${list(units)}`);
  return Number(match[1]) * factor;
}

function hint(unit: string, units: Readonly<Record<string, number>>): string {
  const meant = Object.hasOwn(HINTS, unit) ? HINTS[unit] : undefined;
  return meant !== undefined && Object.hasOwn(units, meant) ? ` (did you mean "${meant}"?)` : "";
}

function list(units: Readonly<Record<string, number>>): string {
  return Object.keys(units).join(", ");
}

/** Exact where four digits can say it, else rounded in the largest fitting unit. */
function show(value: number, units: Readonly<Record<string, number>>): string {
  const fitting = Object.entries(units).filter(([, factor], index) => index === 0 || value >= factor);
  const exact = fitting.findLast(([, factor]) => value % factor === 0 && value / factor < 10_000);
  const [unit, factor] = exact ?? (fitting.at(-1) as [string, number]);
  return `${Number((value / factor).toFixed(2))}${unit}`;
}
