/** One real-guest experiment: what was asked, and what was measured. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AerostatError } from "../../lib/errors.ts";
import { column, readTable, type Table } from "./csv.ts";
import { type ExperimentFile, experimentFile } from "./schema.ts";

/** Between two balloon events. Times are seconds since the start of the load; figures are means over the window. */
export interface Level {
  readonly label: string;
  readonly fromS: number;
  readonly toS: number;
  /** Of the figures: the last half of the level. */
  readonly windowFromS: number;
  readonly targetMib: number;
  readonly actualMib: number;
  /** From the event to the target; NaN where it was never reached. */
  readonly moveS: number;
  readonly freeMib: number;
  /** Mapped; and on the LRU lists, mapped or only in the swap cache. */
  readonly anonymousMib: number;
  readonly anonymousListMib: number;
  readonly fileMib: number;
  /** Resident part of the anonymous footprint. */
  readonly rssMib: number;
  readonly accessesPerS: number;
  readonly majorsPerAccess: number;
  readonly fileAccessesPerS: number;
  readonly fileMissesPerAccess: number;
  readonly swapInPerS: number;
  readonly swapOutPerS: number;
  readonly oomKills: number;
  /** Shares of time in memory stalls (/proc/pressure/memory). */
  readonly psiSome: number;
  readonly psiFull: number;
  /** Cores' worth of CPU time that the emulator got, and the share of the guest's own time that it had nothing to do. */
  readonly cpuCores: number;
  readonly idleShare: number;
}

/** Columns over time, seconds since the start of the load. */
export interface Series {
  readonly timeS: Float64Array;
  readonly of: (name: string) => Float64Array;
}

export interface Experiment {
  readonly name: string;
  readonly group: string;
  readonly file: ExperimentFile;
  readonly levels: readonly Level[];
  readonly guest: Series;
  readonly host: Series;
  /** Absent where the guest had no load. */
  readonly load: Series | undefined;
}

/** All experiments of a folder, by name. Those that ended with an error are left out. */
export function readExperiments(folder: string): Experiment[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "experiment.json")))
    .map((entry) => entry.name)
    .sort();
  if (names.length === 0)
    throw new AerostatError("AERO_E_INPUT", `${folder} holds no experiment: a folder each, with experiment.json, is needed`);
  return names.map((name) => readExperiment(join(folder, name))).filter((experiment) => experiment.file.run.error === null);
}

export function readExperiment(folder: string): Experiment {
  const file = descriptionOf(join(folder, "experiment.json"));
  const startS = file.run.start_t;
  const series = (name: string, offsetS: number): Series => seriesOf(join(folder, name), offsetS);
  const guest = series("guest.csv.gz", startS);
  return {
    name: file.name,
    group: file.group,
    file,
    levels: levelsOf(join(folder, "levels.csv"), startS, guest),
    guest,
    host: series("host.csv.gz", startS),
    load: existsSync(join(folder, "load.csv.gz")) ? series("load.csv.gz", startS) : undefined,
  };
}

function descriptionOf(path: string): ExperimentFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new AerostatError("AERO_E_INPUT", `${path} can not be read: ${(cause as Error).message}`, { cause });
  }
  const parsed = experimentFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AerostatError("AERO_E_INPUT", `${path} is not the description of an experiment:\n${z.prettifyError(parsed.error)}`);
}

function seriesOf(path: string, offsetS: number): Series {
  const table = readTable(path);
  return { timeS: column(table, "t", path).map((t) => t - offsetS), of: (name) => column(table, name, path) };
}

function levelsOf(path: string, startS: number, guest: Series): Level[] {
  const table: Table = readTable(path);
  return table.labels.map((label, row) => {
    const at = (name: string): number => column(table, name, path)[row] as number;
    return {
      label,
      fromS: at("t_from") - startS,
      toS: at("t_to") - startS,
      windowFromS: at("w_from") - startS,
      targetMib: at("target_mib"),
      actualMib: at("actual_end_mib"),
      moveS: at("move_s"),
      freeMib: at("MemFree_mib"),
      anonymousMib: at("anon_mib"),
      anonymousListMib: meanMib(guest, ["Active(anon)", "Inactive(anon)"], at("w_from") - startS, at("t_to") - startS),
      fileMib: at("file_mib"),
      rssMib: at("rss_mib"),
      accessesPerS: at("acc_s"),
      majorsPerAccess: at("majflt_per_acc"),
      fileAccessesPerS: at("f_acc_s"),
      fileMissesPerAccess: at("f_miss_per_acc"),
      swapInPerS: at("pswpin_s"),
      swapOutPerS: at("pswpout_s"),
      oomKills: at("oom_kill"),
      psiSome: at("psi_some"),
      psiFull: at("psi_full"),
      cpuCores: at("cpu_core"),
      idleShare: idleShare(guest, at("w_from") - startS, at("t_to") - startS),
    };
  });
}

/** Mean over a window of the sum of columns in KiB. */
function meanMib({ timeS, of }: Series, names: readonly string[], fromS: number, toS: number): number {
  const rows = [...timeS.keys()].filter((row) => (timeS[row] as number) >= fromS && (timeS[row] as number) <= toS);
  const sum = rows.reduce((total, row) => total + names.reduce((kib, name) => kib + (of(name)[row] as number), 0), 0);
  return sum / rows.length / 1024;
}

/** Share of the guest's time between two times in which it had nothing to do. */
export function idleShare(guest: Series, fromS: number, toS: number): number {
  const [user, system, idle, waiting] = ["cpu_user", "cpu_sys", "cpu_idle", "cpu_iowait"].map((name) => increase(guest, name, fromS, toS));
  return ((idle as number) + (waiting as number)) / ((user as number) + (system as number) + (idle as number) + (waiting as number));
}

/** Change of a running total between two times, from the samples nearest to them. */
export function increase(series: Series, name: string, fromS: number, toS: number): number {
  const values = series.of(name);
  return (values[nearest(series, toS)] as number) - (values[nearest(series, fromS)] as number);
}

function nearest(series: Series, timeS: number): number {
  let best = 0;
  for (let i = 1; i < series.timeS.length; i++) {
    if (Math.abs((series.timeS[i] as number) - timeS) < Math.abs((series.timeS[best] as number) - timeS)) best = i;
  }
  return best;
}
