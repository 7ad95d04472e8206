/** The emulated CPU of an experiment: its speed, and what it was left of its core. */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import { type Experiment, idleShare, type Series } from "./experiment.ts";
import type { Parameters } from "./parameters.ts";
import type { LoadFile } from "./schema.ts";

/** A guest that has less idle time than this always has something to do. */
const IDLE = 0.05;
/** One that has more says little of what it would have got of a whole core. */
const MOSTLY_IDLE = 0.5;
/** The host read the emulator's CPU time twice a second, in ticks of 10 ms. */
const WINDOW_S = 0.95;

/** A second with as many faults without a read counts as one without faults: they took 1 % of it. */
const MOST_FAULTS = 100;

/** CPU time of one access without a fault. */
export interface TouchTimes {
  readonly anonymousNs: number;
  readonly fileNs: number;
}

/**
 * Threads that do not pace themselves show what an access takes: their CPU time where nothing faults, before the first event and after a
 * recovery. After one the same access took up to 1.4 times as long (0.67 and 0.95 microseconds).
 */
export function touchTimesOf(experiment: Experiment, { accessNs, fileAccessNs }: Parameters): TouchTimes {
  const { load } = experiment.file;
  if (load === null) return { anonymousNs: accessNs, fileNs: fileAccessNs };
  const [start] = experiment.levels;
  const cpuNs = Math.min(1, start?.cpuCores ?? 1) * 1e9;
  const anonymousNs = load.think === 0 ? freeNs(experiment) : undefined;
  const filePerS = load.fthink === 0 ? (start?.fileAccessesPerS ?? 0) : 0;
  return { anonymousNs: anonymousNs ?? accessNs, fileNs: filePerS > 0 ? cpuNs / filePerS : fileAccessNs };
}

/** Over the first level, and the seconds without faults of later ones that have settled; undefined where nothing was accessed. */
function freeNs({ load, host, levels: [start, ...later] }: Experiment): number | undefined {
  if (load === undefined || start === undefined) return undefined;
  const of = (name: string, row: number): number => load.of(name)[row] as number;
  const startS = start.toS - start.windowFromS;
  let [cpuS, accesses] = [Math.min(1, start.cpuCores) * startS, start.accessesPerS * startS];
  for (const [row, toS] of load.timeS.entries()) {
    const fromS = toS - of("dt", row);
    const settled = later.some((level) => fromS >= level.windowFromS && toS <= level.toS);
    if (!settled || of("majflt", row) > 0 || of("minflt", row) > MOST_FAULTS) continue;
    cpuS += Math.min(toS - fromS, usedBy(host, toS) - usedBy(host, fromS));
    accesses += of("acc", row);
  }
  return accesses > 0 ? (cpuS * 1e9) / accesses : undefined;
}

/** CPU time that the emulator had used by a time, in s. */
function usedBy({ timeS, of }: Series, atS: number): number {
  const used = of("qemu_cpu_s");
  const rows = [...used.keys()].filter((row) => !Number.isNaN(used[row]));
  const next = Math.max(
    1,
    rows.findIndex((row) => (timeS[row] as number) >= atS),
  );
  const [a, b] = [rows[next - 1] as number, rows[next] as number];
  const share = (atS - (timeS[a] as number)) / ((timeS[b] as number) - (timeS[a] as number));
  return (used[a] as number) + share * ((used[b] as number) - (used[a] as number));
}

/** Those that begin with the load. */
export function fileThreads(load: LoadFile): number {
  return load.fstart === 0 ? load.fT : 0;
}

export function processorOf(experiment: Experiment, parameters: Parameters): ProcessorConfig {
  return {
    cpus: cpusOf(experiment),
    touchNs: parameters.accessNs,
    faultNs: parameters.faultCpuNs,
    minorFaultNs: parameters.minorCpuNs,
    fileReadNs: parameters.fileReadCpuNs,
    scanNs: parameters.scanCpuNs,
    unmapNs: parameters.unmapCpuNs,
    swapOutNs: parameters.swapOutCpuNs,
    inflateShare: parameters.inflateShare,
  };
}

/** From `timeS` on, since the start of the load. */
export interface Left {
  readonly timeS: number;
  readonly cpus: number;
}

/**
 * What the host's other jobs left the emulator, second by second as the host measured it: what it used while the guest always had
 * something to do, of more than one core where the threads of its devices ran beside its CPU. In other seconds it used what it needed,
 * and the whole experiment says what there was.
 */
export function leftOf(experiment: Experiment): Left[] {
  const { host, guest, file } = experiment;
  const used = host.of("qemu_cpu_s");
  const otherwise = cpusOf(experiment);
  const left: Left[] = [];
  let [fromS, fromUsedS] = [Number.NaN, Number.NaN];
  for (const [row, usedS] of used.entries()) {
    const timeS = host.timeS[row] as number;
    if (timeS < 0 || timeS > file.end || Number.isNaN(usedS) || timeS - fromS < WINDOW_S) continue;
    const idle = idleShare(guest, fromS, timeS);
    const cpus = idle < MOSTLY_IDLE ? (usedS - fromUsedS) / (timeS - fromS) / (1 - idle) : otherwise;
    if (!Number.isNaN(fromS)) left.push({ timeS: fromS, cpus });
    [fromS, fromUsedS] = [timeS, usedS];
  }
  return left;
}

/** What the host's other jobs left the emulator of its one core: where the guest always had something to do, and at least elsewhere. */
function cpusOf({ levels }: Experiment): number {
  const used = levels.filter(({ cpuCores }) => cpuCores > 0);
  const busy = used.filter(({ idleShare }) => idleShare < IDLE);
  if (busy.length === 0) return 1;
  const mean = busy.reduce((sum, { cpuCores }) => sum + cpuCores, 0) / busy.length;
  const most = used.reduce((most, { cpuCores, idleShare }) => (idleShare < IDLE ? most : Math.max(most, cpuCores)), mean);
  return Math.min(1, most);
}
