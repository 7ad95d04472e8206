/** What the report's charts draw: rounded, in the units of their axes, bounded in size. */
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { PAGES_PER_MIB } from "../../../lib/units.ts";
import { MOST_SLOWDOWN } from "../aggregate/flow.ts";
import { quantile } from "../slowdowns.ts";
import type { Summary } from "../summary.ts";
import { slowest } from "../summary-table.ts";
import type { SeriesStore } from "./series.ts";

type Values = readonly (number | null)[];

/** Times in seconds, memory in MiB, flows in MiB/s, shares in percent. */
export interface ReportData {
  /** Seconds that one point covers; point i ends at (i + 1) times it. */
  readonly widthS: number;
  readonly points: number;
  readonly machineMib: number;
  readonly phases: readonly { readonly name: string; readonly atS: number }[];
  readonly marks: readonly { readonly atS: number; readonly kind: string; readonly text: string }[];
  readonly host: Readonly<Record<"freeMib" | "swapIn" | "swapOut" | "utilisation" | "queue" | "state", Values>>;
  readonly all: Readonly<Record<MemoryKind | "swapIn" | "swapOut" | "medianSlowdown" | "worstSlowdown", Values>>;
  readonly vms: readonly VmData[];
}

const MEMORY = {
  kernel: "kernelPages",
  anonymous: "anonymousPages",
  clean: "cacheCleanPages",
  dirty: "cacheDirtyPages",
  free: "freePages",
  balloon: "balloonPages",
} as const;
type MemoryKind = keyof typeof MEMORY;
const KINDS = Object.keys(MEMORY) as MemoryKind[];

export interface VmData extends Readonly<Record<MemoryKind, Values>> {
  readonly name: string;
  readonly target: Values;
  readonly actual: Values;
  readonly swapped: Values;
  readonly swapIn: Values;
  readonly swapOut: Values;
  readonly slowdown: Values;
  readonly some: Values;
  readonly full: Values;
}

/** VMs with charts of their own: at 480 points and 15 series each they come to less than 3 MB. */
const MOST_CHARTED = 48;
const MOST_MARKS = 200;
/** Kinds of event that are marked in the charts. */
const MARKED = new Set(["boot", "oom-kill", "lease-ended", "ledger-rebuilt", "fault", "policy-error"]);

export function reportData(scenario: Scenario, summary: Summary, series: SeriesStore): ReportData {
  const charted = new Set(slowest(summary.vms, MOST_CHARTED).map((vm) => vm.name));
  const vms = scenario.guests.flatMap((guest, index) => (charted.has(guest.name) ? [vmData(guest.name, index, series)] : []));
  const marks = summary.events.lines.filter((line) => MARKED.has(line.kind)).slice(0, MOST_MARKS);
  return {
    widthS: series.widthNs / 1e9,
    points: series.used,
    machineMib: scenario.host.memoryPages / PAGES_PER_MIB,
    phases: summary.phases.map((phase) => ({ name: phase.name, atS: phase.fromNs / 1e9 })),
    marks: marks.map((line) => ({ atS: line.atNs / 1e9, kind: line.kind, text: `${line.kind} ${line.name} ${line.detail}`.trim() })),
    host: hostData(series),
    all: allData(scenario.guests.length, series),
    vms,
  };
}

function vmData(name: string, index: number, series: SeriesStore): VmData {
  const interval = series.guest(index, "intervalNs");
  const level = (pages: Float32Array): Values => carried(pages, interval).map(mib);
  const rate = (pages: Float32Array): Values => Array.from(pages, (value, i) => mibPerS(value, interval[i] as number));
  const share = (ns: Float32Array): Values => Array.from(ns, (value, i) => rounded((100 * value) / (interval[i] as number)));
  const done = series.guest(index, "operations");
  const unpressed = series.guest(index, "unpressedOperations");
  const memory = Object.fromEntries(KINDS.map((kind) => [kind, level(series.guest(index, MEMORY[kind]))])) as Record<MemoryKind, Values>;
  const size = memory.kernel.map((_, i) => rounded(KINDS.reduce((sum, kind) => sum + (memory[kind][i] ?? Number.NaN), 0)));
  return {
    name,
    ...memory,
    // 0 says that no target was set.
    target: level(series.guest(index, "targetPages")).map((value) => (value === 0 ? null : value)),
    actual: size.map((value, i) => (value === null ? null : rounded(value - (memory.balloon[i] ?? 0)))),
    swapped: level(series.guest(index, "swappedPages")),
    swapIn: rate(series.guest(index, "swapInPages")),
    swapOut: rate(series.guest(index, "swapOutPages")),
    slowdown: Array.from(done, (value, i) => slowdownAt(unpressed[i] as number, value)),
    some: share(series.guest(index, "psiSomeNs")),
    full: share(series.guest(index, "psiFullNs")),
  };
}

function hostData(series: SeriesStore): ReportData["host"] {
  const interval = series.host("intervalNs");
  const channels = series.host("diskChannels");
  const rate = (pages: Float32Array): Values => Array.from(pages, (value, i) => mibPerS(value, interval[i] as number));
  const busy = series.host("diskBusyNs");
  return {
    freeMib: carried(series.host("freePages"), interval).map(mib),
    swapIn: rate(series.host("swapInPages")),
    swapOut: rate(series.host("swapOutPages")),
    utilisation: Array.from(busy, (value, i) => rounded((100 * value) / ((interval[i] as number) * Math.max(1, channels[i] as number)))),
    queue: Array.from(series.host("diskQueueNs"), (value, i) => rounded(value / (interval[i] as number))),
    state: carried(series.host("state"), interval),
  };
}

/** Over all VMs, those without charts of their own too: memory and swap summed, the median and the worst slowdown. */
function allData(guests: number, series: SeriesStore): ReportData["all"] {
  const sums = new Map<MemoryKind | "swapIn" | "swapOut", Float64Array>();
  for (const kind of [...KINDS, "swapIn", "swapOut"] as const) sums.set(kind, new Float64Array(series.used));
  const sampled = new Uint8Array(series.used);
  const heard = new Uint8Array(series.used); // of any VM
  const slowdowns: number[][] = Array.from({ length: series.used }, () => []);
  for (let index = 0; index < guests; index++) {
    const interval = series.guest(index, "intervalNs");
    for (const kind of KINDS) {
      const sum = sums.get(kind) as Float64Array;
      carried(series.guest(index, MEMORY[kind]), interval).forEach((pages, i) => {
        if (pages === null) return;
        sum[i] = (sum[i] as number) + pages;
        heard[i] = 1;
      });
    }
    const flows = { swapIn: series.guest(index, "swapInPages"), swapOut: series.guest(index, "swapOutPages") };
    const [done, unpressed] = [series.guest(index, "operations"), series.guest(index, "unpressedOperations")];
    for (let i = 0; i < series.used; i++) {
      const intervalNs = interval[i] as number;
      if (intervalNs > 0) sampled[i] = 1;
      // Each over its own time: another's, the host's too, may have a hole where it was restarted.
      for (const flow of ["swapIn", "swapOut"] as const) {
        const sum = sums.get(flow) as Float64Array;
        if (intervalNs > 0) sum[i] = (sum[i] as number) + (flows[flow][i] as number) / intervalNs;
      }
      const slowdown = slowdownAt(unpressed[i] as number, done[i] as number);
      if (slowdown !== null) slowdowns[i]?.push(slowdown);
    }
  }
  for (const list of slowdowns) list.sort((a, b) => a - b);
  const memory = Object.fromEntries(
    KINDS.map((kind) => [kind, Array.from(sums.get(kind) as Float64Array, (pages, i) => (heard[i] === 1 ? mib(pages) : null))]),
  ) as unknown as Record<MemoryKind, Values>;
  const flow = (name: "swapIn" | "swapOut"): Values =>
    Array.from(sums.get(name) as Float64Array, (pagesPerNs, i) => (sampled[i] ? mibPerS(pagesPerNs, 1) : null));
  return {
    ...memory,
    swapIn: flow("swapIn"),
    swapOut: flow("swapOut"),
    medianSlowdown: slowdowns.map((list) => rounded(quantile(list, 0.5) ?? Number.NaN)),
    worstSlowdown: slowdowns.map((list) => rounded(quantile(list, 1) ?? Number.NaN)),
  };
}

/** A VM that stands still is drawn at the top; null where there was no work. */
function slowdownAt(unpressed: number, done: number): number | null {
  return unpressed > 0 ? rounded(Math.min(MOST_SLOWDOWN, unpressed / done)) : null;
}

/** A sample that comes late leaves its point empty; what is gone for longer is not heard. */
const MOST_CARRIED = 2;

/** Levels stay for two points as they last were; null where nothing was heard for longer. */
function carried(values: Float32Array, interval: Float32Array): (number | null)[] {
  let last: number | null = null;
  let heardAt = 0;
  return Array.from(values, (value, i) => {
    if ((interval[i] as number) > 0) [last, heardAt] = [value, i];
    return i - heardAt > MOST_CARRIED ? null : last;
  });
}

function mib(pages: number | null): number | null {
  return pages === null ? null : rounded(pages / PAGES_PER_MIB);
}

function mibPerS(pages: number, intervalNs: number): number | null {
  return rounded(((pages / PAGES_PER_MIB) * 1e9) / intervalNs);
}

/** Four significant digits; null for what is no number. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
