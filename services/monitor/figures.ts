/** Figures of a VM and of the host over any span of time. */
import { jainIndex } from "./aggregate/fairness.ts";
import { type GuestFlow, shareOf } from "./aggregate/flow.ts";
import { HOST_STATES, type HostFlow, type HostStateName } from "./aggregate/host.ts";

/** Sums and means of a VM over a span of time. Null: there was nothing to measure. */
export interface VmFigures {
  readonly spanNs: number;
  readonly operations: number;
  readonly operationsPerS: number;
  /** Unpressed over done operations: how much slower than with all the memory that the workload asks for. */
  readonly slowdown: number | null;
  /** Of one sample's interval, 1,000 for one in which the VM stood still; null where there was no work. */
  readonly worstSlowdown: number | null;
  /** Sample intervals in which the VM stood still: of its work less than a thousandth was done. */
  readonly idledIntervals: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly swapInPages: number;
  readonly swapOutPages: number;
  readonly hostSwapInPages: number;
  readonly fileReadPages: number;
  readonly fileWritePages: number;
  readonly refaultPages: number;
  readonly oomKills: number;
  readonly psiSomeShare: number;
  readonly psiFullShare: number;
  /** Of the threads' time, what they waited for memory and reads, which pressure tells, and for the host, which it does not. */
  readonly stalledShare: number;
  readonly stalledNs: number;
  readonly linkStallNs: number;
  readonly blockedNs: number;
}

/** Sums and means of the host over a span of time. */
export interface HostFigures {
  readonly spanNs: number;
  readonly swapInPages: number;
  readonly swapOutPages: number;
  readonly compressedPages: number;
  readonly decompressedPages: number;
  readonly diskReads: number;
  readonly diskWrites: number;
  readonly diskUtilisation: number;
  readonly worstDiskUtilisation: number;
  readonly diskQueue: number;
  /** Null before the first sample. */
  readonly leastFreePages: number | null;
  readonly targetsSet: number;
  /** States that were seen, with the time in each, as sampled. */
  readonly stateNs: Readonly<Partial<Record<HostStateName, number>>>;
}

export function vmFigures(flow: GuestFlow): VmFigures {
  return {
    spanNs: flow.intervalNs,
    operations: flow.operations,
    operationsPerS: shareOf(flow.operations * 1e9, flow.intervalNs),
    slowdown: flow.slowdown,
    worstSlowdown: flow.worstSlowdown > 0 ? flow.worstSlowdown : null,
    idledIntervals: flow.idledIntervals,
    minorFaults: flow.minorFaults,
    majorFaults: flow.majorFaults,
    swapInPages: flow.swapInPages,
    swapOutPages: flow.swapOutPages,
    hostSwapInPages: flow.hostSwapInPages,
    fileReadPages: flow.fileReadPages,
    fileWritePages: flow.fileWritePages,
    refaultPages: flow.refaultPages,
    oomKills: flow.oomKills,
    psiSomeShare: shareOf(flow.psiSomeNs, flow.intervalNs),
    psiFullShare: shareOf(flow.psiFullNs, flow.intervalNs),
    stalledShare: shareOf(flow.stalledNs, flow.intervalNs),
    stalledNs: flow.stalledNs,
    linkStallNs: flow.linkStallNs,
    blockedNs: flow.blockedNs,
  };
}

export function hostFigures(flow: HostFlow): HostFigures {
  const states = HOST_STATES.map((name, state) => [name, flow.stateNs[state] as number] as const);
  return {
    spanNs: flow.intervalNs,
    swapInPages: flow.swapInPages,
    swapOutPages: flow.swapOutPages,
    compressedPages: flow.compressedPages,
    decompressedPages: flow.decompressedPages,
    diskReads: flow.diskReads,
    diskWrites: flow.diskWrites,
    diskUtilisation: flow.utilisation,
    worstDiskUtilisation: flow.worstUtilisation,
    diskQueue: flow.queue,
    leastFreePages: flow.samples === 0 ? null : flow.leastFreePages,
    targetsSet: flow.targetsSet,
    stateNs: Object.fromEntries(states.filter(([, ns]) => ns > 0)),
  };
}

/** Fairness over the VMs that had work: a VM that got nothing done counts as infinitely slowed. */
export function fairnessOf(flows: readonly GuestFlow[]): number | null {
  const worked = flows.filter((flow) => flow.unpressedOperations > 0);
  return jainIndex(worked.map((flow) => flow.operations / flow.unpressedOperations));
}
