/** Rows of one experiment: the replayed guest beside the measured one (README of the data: amounts and counts, never speeds). */
import { PAGES_PER_MIB } from "../../lib/units.ts";
import type { GuestSample } from "../../lib/wire/messages.ts";
import { absolute, type Row, relative } from "../row.ts";
import { type Experiment, increase, type Level } from "./experiment.ts";
import type { Replayed } from "./replay.ts";

type Body = Readonly<GuestSample>;

/** Memory by kind: 2 % of guest memory. Totals of swapped pages: 10 %. */
const MEMORY_TOLERANCE = 0.02;
const TOTAL_TOLERANCE = 0.1;
/** The worst level may be off by so much; medians over all levels have rows of their own. */
export const STEADY_WORST = 0.1;
export const TRANSIENT_WORST = 0.25;
/** Fewer faults than this in a window are no ratio, and fewer pages than this no total. */
const LEAST_FAULTS = 50;
const LEAST_PAGES = 1_000;

export interface Compared {
  readonly rows: readonly Row[];
  readonly steady: boolean;
}

/** Whether the levels have settled when they are measured: memory under an unthrottled swap, and no phase shift. */
export function isSteady({ file }: Experiment): boolean {
  const { swap } = file.guest;
  return swap !== undefined && swap.iops === undefined && file.load?.shift_t === undefined && file.group === "C";
}

export function compare(experiment: Experiment, replayed: Replayed, fitted: boolean): Row[] {
  const base = { source: `measured: ${experiment.name}`, fitted };
  const rows = experiment.levels.flatMap((level, i) => levelRows(experiment, level, i, replayed, base));
  rows.push(
    ...totalRows(experiment, replayed, base),
    ...recoveryRows(experiment, replayed, base),
    ...shiftRows(experiment, replayed, base),
  );
  return rows;
}

interface Base {
  readonly source: string;
  readonly fitted: boolean;
}

const id = (experiment: Experiment, what: string): string => `real-guest/${experiment.name}/${what}`;
const mib = (pages: number): number => pages / PAGES_PER_MIB;

/** AnonPages counts what is mapped. */
const anonymousMib = (body: Body): number => mib(body.anonymousPages - body.swapCachePages);
const fileMib = (body: Body): number => mib(body.cacheCleanPages + body.cacheDirtyPages);

function levelRows(experiment: Experiment, level: Level, place: number, replayed: Replayed, base: Base): Row[] {
  const name = `${place}-${level.label}`;
  const [fromS, toS] = [level.windowFromS, level.toS];
  const tolerance = MEMORY_TOLERANCE * replayed.ramMib;
  const memory = (kind: string, reference: number, of: (body: Body) => number) =>
    absolute({ ...base, id: id(experiment, `${name}/${kind}`), reference, ours: replayed.mean(of, fromS, toS), tolerance, unit: "MiB" });
  const actual = replayed.mean((body) => replayed.ramMib - mib(body.balloonPages), Math.max(fromS, toS - 1), toS);
  return [
    memory("free", level.freeMib, (body) => mib(body.freePages - body.perCpuPages)),
    memory("anonymous", level.anonymousMib, anonymousMib),
    memory("file", level.fileMib, fileMib),
    absolute({ ...base, id: id(experiment, `${name}/actual`), reference: level.actualMib, ours: actual, tolerance, unit: "MiB" }),
    ...missRows(experiment, level, name, replayed, base),
    ...moveRows(experiment, level, name, replayed, base),
  ];
}

/** Misses per access, of anonymous memory and of the file, over the level's window. */
function missRows(experiment: Experiment, level: Level, name: string, replayed: Replayed, base: Base): Row[] {
  const [fromS, toS] = [level.windowFromS, level.toS];
  const tolerance = isSteady(experiment) ? STEADY_WORST : TRANSIENT_WORST;
  const fileAccesses = replayed.sum((body) => body.fileAccesses, fromS, toS);
  const accesses = replayed.sum((body) => body.accesses, fromS, toS) - fileAccesses;
  const rows: Row[] = [];
  if (level.majorsPerAccess * level.accessesPerS * (toS - fromS) >= LEAST_FAULTS) {
    const majors = anonymousMajors(experiment, replayed, fromS, toS);
    const ours = majors / accesses;
    rows.push(relative({ ...base, id: id(experiment, `${name}/miss`), reference: level.majorsPerAccess, ours, tolerance, unit: "" }));
  }
  if (level.fileMissesPerAccess * level.fileAccessesPerS * (toS - fromS) >= LEAST_FAULTS) {
    const ours = replayed.sum((body) => body.fileReadPages, fromS, toS) / fileAccesses;
    rows.push(
      relative({ ...base, id: id(experiment, `${name}/file-miss`), reference: level.fileMissesPerAccess, ours, tolerance, unit: "" }),
    );
  }
  return rows;
}

/** Telemetry has one count of major faults for both kinds: beside a file, swapped-in pages stand for the anonymous ones. */
function anonymousMajors(experiment: Experiment, replayed: Replayed, fromS: number, toS: number): number {
  const alone = (experiment.file.load?.C ?? 0) === 0;
  return replayed.sum((body) => (alone ? body.majorFaults : body.swapInPages), fromS, toS);
}

/** Time from the event to the target, where the guest got there and the move was long enough to be timed. */
function moveRows(experiment: Experiment, level: Level, name: string, replayed: Replayed, base: Base): Row[] {
  if (!(level.moveS >= 1)) return [];
  const there = (body: Body): boolean => body.sizePages - body.balloonPages === body.targetPages;
  const ours = replayed.firstS(
    (body) => there(body) && body.targetPages === Math.round(level.targetMib * PAGES_PER_MIB),
    level.fromS,
    level.toS,
  );
  const reached = Number.isNaN(ours) ? null : ours - level.fromS;
  return [
    relative({ ...base, id: id(experiment, `${name}/move`), reference: level.moveS, ours: reached, tolerance: TRANSIENT_WORST, unit: "s" }),
  ];
}

/** Over the whole run: pages swapped, and what the OOM killer did. */
function totalRows(experiment: Experiment, replayed: Replayed, base: Base): Row[] {
  const endS = experiment.file.end;
  const total = (what: string, counter: string, of: (body: Body) => number): Row[] => {
    const reference = increase(experiment.guest, counter, 0, endS);
    if (reference < LEAST_PAGES) return [];
    const ours = replayed.sum(of, 0, endS);
    return [relative({ ...base, id: id(experiment, `total/${what}`), reference, ours, tolerance: TOTAL_TOLERANCE, unit: "pages" })];
  };
  const kills = absolute({
    ...base,
    id: id(experiment, "total/oom-kills"),
    reference: increase(experiment.guest, "oom_kill", 0, endS),
    ours: replayed.sum((body) => body.oomKills, 0, endS),
    tolerance: 0,
    unit: "",
  });
  return [
    ...total("swap-in", "pswpin", (body) => body.swapInPages),
    ...total("swap-out", "pswpout", (body) => body.swapOutPages),
    // The load reads its file with read(): misses there are no faults in the guest's own count.
    ...((experiment.file.load?.C ?? 0) > 0 ? [] : total("major-faults", "pgmajfault", (body) => body.majorFaults)),
    kills,
  ];
}

/** After a deflation: seconds until so much of the footprint is resident again. */
function recoveryRows(experiment: Experiment, replayed: Replayed, base: Base): Row[] {
  const { load, file, levels } = experiment;
  const footprintMib = file.load?.F ?? 0;
  return levels.flatMap((level, i) => {
    const before = levels[i - 1];
    if (
      load === undefined ||
      footprintMib === 0 ||
      before === undefined ||
      level.targetMib <= before.targetMib ||
      before.rssMib > 0.75 * footprintMib
    )
      return [];
    const rss = load.of("rss_kb");
    return [0.75, 0.9, 0.99].flatMap((share) => {
      const at = load.timeS.findIndex((t, row) => t > level.fromS && t <= level.toS && (rss[row] as number) / 1024 >= share * footprintMib);
      if (at < 0) return [];
      const reference = (load.timeS[at] as number) - level.fromS;
      const reached = replayed.firstS((body) => anonymousMib(body) >= share * footprintMib, level.fromS, level.toS) - level.fromS;
      const ours = Number.isNaN(reached) ? null : reached;
      const what = `${i}-${level.label}/recovery-${100 * share}`;
      return [relative({ ...base, id: id(experiment, what), reference, ours, tolerance: TRANSIENT_WORST, unit: "s" })];
    });
  });
}

/** After a shift of the working set: misses per access in windows that widen. */
function shiftRows(experiment: Experiment, replayed: Replayed, base: Base): Row[] {
  const { load, file } = experiment;
  const shiftS = file.load?.shift_t;
  if (load === undefined || shiftS === undefined) return [];
  const between = (name: string, fromS: number, toS: number): number =>
    load
      .of(name)
      .reduce(
        (sum, value, i) => ((load.timeS[i] as number) > fromS + 0.5 && (load.timeS[i] as number) <= toS + 0.5 ? sum + value : sum),
        0,
      );
  return SHIFT_WINDOWS.map(([from, to]) => {
    const [fromS, toS] = [shiftS + from, shiftS + to];
    const reference = between("majflt", fromS, toS) / between("acc", fromS, toS);
    const ours = anonymousMajors(experiment, replayed, fromS, toS) / replayed.sum((body) => body.accesses, fromS, toS);
    const what = `shift/${from}-to-${to}s`;
    return relative({ ...base, id: id(experiment, what), reference, ours, tolerance: TRANSIENT_WORST, unit: "" });
  });
}

const SHIFT_WINDOWS = [
  [0, 2],
  [2, 6],
  [6, 12],
  [12, 20],
  [20, 40],
] as const;
