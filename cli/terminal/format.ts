/** Figures as the terminal shows them. */
import { GIB, MIB, PAGE_BYTES, SECOND_NS } from "../../lib/units.ts";

/** Pages as GiB, one digit after the point. */
export function gib(pages: number): string {
  return ((pages * PAGE_BYTES) / GIB).toFixed(1);
}

/** Pages (per second) as MiB (per second): one digit below 10, none above; nothing is "0". */
export function mib(pages: number): string {
  const value = (pages * PAGE_BYTES) / MIB;
  if (value <= 0) return "0";
  if (value < 0.05) return "<0.1";
  return value.toFixed(value < 9.95 ? 1 : 0);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Model time as minutes and seconds. */
export function clock(timeNs: number): string {
  const seconds = Math.floor(timeNs / SECOND_NS);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A count with thousands apart, the same on every machine. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Of an actor whose last word is too long ago to be shown as its state. */
export function notHeard(name: string, silentNs: number): string {
  return `${name} not heard for ${Math.floor(silentNs / 1e9)} s`;
}
