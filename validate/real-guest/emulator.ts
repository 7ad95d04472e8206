/** The emulated CPU of an experiment: its speed, and what it was left of its core. */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import type { Experiment } from "./experiment.ts";
import type { Parameters } from "./parameters.ts";
import type { LoadFile } from "./schema.ts";

/** A guest that has less idle time than this always has something to do. */
const IDLE = 0.05;

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
    fileReadNs: parameters.fileReadCpuNs,
    scanNs: parameters.scanCpuNs,
    swapOutNs: parameters.swapOutCpuNs,
    inflateShare: parameters.inflateShare,
  };
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
