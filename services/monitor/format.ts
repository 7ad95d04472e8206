/** Figures as text for people. */
import { PAGE_BYTES } from "../../lib/units.ts";
import { MOST_SLOWDOWN } from "./aggregate/flow.ts";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const TIME_UNITS = [
  ["s", 1e9],
  ["ms", 1e6],
  ["µs", 1e3],
  ["ns", 1],
] as const;

/** Three significant digits: 0 B, 4 KiB, 1.25 GiB. */
export function formatBytesOfPages(pages: number): string {
  let value = pages * PAGE_BYTES;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${threeDigits(value)} ${BYTE_UNITS[unit]}`;
}

/** Three significant digits with the fitting unit; "-" for null. */
export function formatNs(ns: number | null): string {
  if (ns === null) return "-";
  if (ns <= 0) return "0 s";
  const [name, size] = TIME_UNITS.find(([, least]) => ns >= least) ?? ["ns", 1];
  return `${threeDigits(ns / size)} ${name}`;
}

/** 0 to 1 as a percentage with one decimal. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** "1.08x"; "-" for null; "stands" for a VM that stands still. */
export function formatSlowdown(slowdown: number | null): string {
  if (slowdown !== null && slowdown >= MOST_SLOWDOWN) return "stands";
  return slowdown === null ? "-" : `${slowdown < 100 ? slowdown.toFixed(2) : slowdown.toFixed(0)}x`;
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1).replace(/\.0$/, "");
  return value.toFixed(2).replace(/\.?0+$/, "");
}
