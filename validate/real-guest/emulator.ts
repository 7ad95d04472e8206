/** The emulated CPU of an experiment: its speed, and what it was left of its core. */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import { type Experiment, idleShare } from "./experiment.ts";
import type { Parameters } from "./parameters.ts";
import type { LoadFile } from "./schema.ts";

/** A guest that has less idle time than this always has something to do. */
const IDLE = 0.05;
/** One that has more says little of what it would have got of a whole core. */
const MOSTLY_IDLE = 0.5;
/** The host read the emulator's CPU time twice a second, in ticks of 10 ms. */
const WINDOW_S = 0.95;

/** CPU time of one access without a fault. */
export interface TouchTimes {
  readonly anonymousNs: number;
  readonly fileNs: number;
}

/** Threads that do not pace themselves show what an access takes before the first event: their share of the CPU. */
export function touchTimesOf({ file: { load }, levels }: Experiment, { accessNs, fileAccessNs }: Parameters): TouchTimes {
  const [start] = levels;
  const shown = (thinkNs: number, perS = 0, otherwise: number): number =>
    thinkNs === 0 && perS > 0 ? (Math.min(1, start?.cpuCores ?? 1) * 1e9) / perS : otherwise;
  if (load === null) return { anonymousNs: accessNs, fileNs: fileAccessNs };
  return {
    anonymousNs: shown(load.think, start?.accessesPerS, accessNs),
    fileNs: shown(load.fthink, start?.fileAccessesPerS, fileAccessNs),
  };
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
 * something to do. In other seconds it used what it needed, and the whole experiment says what there was.
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
    const cpus = idle < MOSTLY_IDLE ? Math.min(1, (usedS - fromUsedS) / (timeS - fromS) / (1 - idle)) : otherwise;
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
