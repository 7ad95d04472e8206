/** What a guest expects of the step that begins: machine pages, disk reads with the population behind them, and writes. */

import { SECOND_NS } from "../../lib/units.ts";
import type { StepDemand } from "../../lib/wire/messages.ts";
import { KERNEL_TOUCH_NS } from "./background.ts";
import { deflationPages, inflationPages } from "./balloon/outlook.ts";
import { BACK_OFF_NS } from "./balloon/virtio.ts";
import { growthReadsPerS, growthWanted } from "./growth.ts";
import type { Lease } from "./lease.ts";
import type { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";
import { compressedOf } from "./outpages.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";
import { sharedOf } from "./sharedpages.ts";
import { FILE_READ_AHEAD_PAGES } from "./unpressed.ts";

/** Longest think time told: the population hardly reads at all. */
const THINK_MOST_NS = 1_000_000_000_000_000;
/** What one such reader reads. Rates that fade away are below it for ever, and their squares are nothing at all. */
const LEAST_READS_PER_S = SECOND_NS / THINK_MOST_NS;

export interface Plan {
  /** Machine pages that the step will use beyond what backs the guest now. */
  readonly machinePages: number;
  readonly reads: Pick<
    StepDemand,
    "threads" | "thinkNs" | "swapReadShare" | "fileReadShare" | "hostSwapReadShare" | "pagesPerSwapRead" | "pagesPerFileRead"
  >;
  readonly swapWritePagesPerS: number;
  readonly fileWritePagesPerS: number;
}

/** Rates per access of the workload at present. */
interface Rates {
  misses: number;
  /** Pages that come in. */
  arrivals: number;
  swapMisses: number;
  swapPages: number;
  swapReads: number;
  fileMisses: number;
  fileReads: number;
  /** Touches of pages that the host has taken; of those, what its compressed pool serves. */
  returns: number;
  unzips: number;
}

/** `readNs`: mean response time of a read in the last step that had any. */
export function planOf(machine: Machine, stepNs: number, readNs: number): Plan {
  const { memory, marks, reclaim } = machine;
  const rates = ratesOf(machine);
  const perS = accessesPerS(machine, rates, readNs);
  const accesses = (perS * stepNs) / SECOND_NS;
  // Between two tries of the driver kswapd fills up from the min to the high watermark.
  const refills = Math.max(0, stepNs / BACK_OFF_NS - 1) * (marks.highPages - marks.minPages);
  const inflation = Math.min(inflationPages(machine.balloon, stepNs, memory.freeBackedPages), machine.sparePages + refills);
  const growth = growthWanted(machine, stepNs, readNs);
  const arrivals = growth + rates.arrivals * accesses;
  const freeAfter = memory.freePages - inflation - arrivals;
  const needed = reclaim.awake || freeAfter < marks.lowPages ? Math.max(0, marks.highPages - freeAfter) : 0;
  const split = reclaim.split(needed, false, true);
  const room = Math.max(0, memory.freePages + deflationPages(machine.balloon, stepNs) - inflation - marks.minPages);
  const used = Math.max(0, Math.min(arrivals, room));
  const unbacked = Math.max(used * memory.unbackedShare, used - Math.max(0, memory.freeBackedPages - inflation));
  const kernelReturns = (memory.out(KERNEL) * stepNs) / KERNEL_TOUCH_NS;
  const returns = Math.min(memory.gone.pages, rates.returns * accesses + kernelReturns);
  return {
    machinePages: Math.ceil(unbacked) + Math.ceil(returns) + Math.ceil(machine.sharing.expectedWrites(accesses)),
    reads: population(machine, rates, perS, readNs),
    swapWritePagesPerS: (swapWrites(machine, split.anonymous) * SECOND_NS) / stepNs,
    fileWritePagesPerS:
      ((split.file * reclaim.capacity.fileWriteShare + reclaim.fileWrites.owedPages + machine.flusher.wantedPages) * SECOND_NS) / stepNs,
  };
}

/**
 * The message for `steps` steps. What the guest's credit has beyond the plan and its reserve goes back with it. Each field by its name:
 * one spread in a literal of this size costs as much as the plan.
 */
export function demandOf({ memory, config }: Machine, lease: Lease, plan: Plan, steps: number): StepDemand {
  const { reads } = plan;
  const surplus = memory.creditPages - plan.machinePages - config.creditPages;
  if (surplus > 0) memory.returnCredit(surplus);
  return {
    hostEpoch: lease.hostEpoch,
    step: lease.step,
    wantedTotalPages: memory.grantedTotalPages + Math.max(0, -surplus),
    releasedTotalPages: memory.releasedTotalPages,
    evictedSeenTotalPages: memory.evictedSeenTotalPages,
    threads: reads.threads,
    thinkNs: reads.thinkNs,
    swapReadShare: reads.swapReadShare,
    fileReadShare: reads.fileReadShare,
    hostSwapReadShare: reads.hostSwapReadShare,
    pagesPerSwapRead: reads.pagesPerSwapRead,
    pagesPerFileRead: reads.pagesPerFileRead,
    swapWritePagesPerS: plan.swapWritePagesPerS,
    fileWritePagesPerS: plan.fileWritePagesPerS,
    hostSwappedPages: memory.hostSwappedPages,
    hostReadTotalPages: memory.gone.hostReadTotalPages,
    steps,
    shared: sharedOf(memory.shared),
    compressed: compressedOf(memory.gone),
  };
}

/** By the threads' time, or by the CPUs' where that is less. */
function accessesPerS({ workload, processor, operations, evictions }: Machine, rates: Rates, readNs: number): number {
  const { swapPages, swapReads, fileReads, returns, unzips } = rates;
  const { faultNs, fileReadNs = faultNs, minorFaultNs = 0 } = processor.costs;
  const cpuNs = swapPages * faultNs + returns * faultNs + fileReads * fileReadNs + operations.minorsPerAccess * minorFaultNs;
  const ownNs = workload.pools.times.ownNs + cpuNs;
  const waitNs = (swapReads + fileReads + returns) * readNs - unzips * (readNs - evictions.decompressNs);
  const perNs = workload.workingThreads / (workload.touchNs + cpuNs + waitNs);
  return (ownNs > 0 ? Math.min(perNs, processor.cpus / ownNs) : perNs) * SECOND_NS;
}

/** What waits for the device, or where CPU time is not counted what will be sent to it in this step. */
function swapWrites({ reclaim, processor }: Machine, evictions: number): number {
  const sent = processor.limited ? reclaim.swapCache.queuedPages : evictions * reclaim.capacity.anonymousWriteShare;
  return reclaim.swapWrites.owedPages + sent;
}

function ratesOf(machine: Machine): Rates {
  const { workload, memory } = machine;
  const rates: Rates = {
    misses: 0,
    arrivals: 0,
    swapMisses: 0,
    swapPages: 0,
    swapReads: 0,
    fileMisses: 0,
    fileReads: 0,
    returns: 0,
    unzips: 0,
  };
  for (const region of workload.regions) {
    const reads = region.missRate * workload.readsPerMiss(region);
    const pages = region.missRate * workload.pagesPerMiss(region);
    rates.misses += region.missRate;
    rates.arrivals += pages;
    rates.returns += region.returnRate;
    rates.unzips += region.unzipRate;
    if (region.anonymous) {
      rates.swapMisses += region.missRate;
      rates.swapPages += pages;
      rates.swapReads += reads;
    } else {
      rates.fileMisses += region.missRate * (1 - region.writes);
      rates.fileReads += reads;
    }
  }
  rates.returns += rates.misses * memory.staleShare;
  rates.unzips += rates.misses * memory.staleUnzipShare;
  return rates;
}

/** The closed population that makes those reads: the working threads, the thread that reads a growing file, and reclaim. */
function population(machine: Machine, rates: Rates, accessesPerS: number, readNs: number): Plan["reads"] {
  const growthReads = growthReadsPerS(machine, readNs);
  const swapReads = rates.swapReads * accessesPerS;
  const fileReads = rates.fileReads * accessesPerS + growthReads.file;
  const { rereadsPerS } = machine;
  const workingThreads = Math.max(1, machine.workload.workingThreads);
  // The kernel's own are left out: how many of its pages it comes back to is not known, and with all of them VSwapper's guests wait
  // a quarter longer than they did.
  const hostReads = Math.max(0, rates.returns - rates.unzips) * accessesPerS + growthReads.stale + rereadsPerS;
  const sum = swapReads + fileReads + hostReads;
  const pagesPerSwapRead = rates.swapReads > 0 ? rates.swapMisses / rates.swapReads : 1;
  const filePages = rates.fileMisses * accessesPerS + growthReads.file * FILE_READ_AHEAD_PAGES;
  const pagesPerFileRead = fileReads > 0 ? filePages / fileReads : 1;
  if (!(sum > LEAST_READS_PER_S)) {
    return { threads: 0, thinkNs: 0, swapReadShare: 0, fileReadShare: 0, hostSwapReadShare: 0, pagesPerSwapRead, pagesPerFileRead };
  }
  const grower = growthReads.file + growthReads.stale;
  const workers = Math.max(0, sum - grower - rereadsPerS);
  // Of threads that read x times per second each slows down with its own cycle: as many alike would as (sum of x)^2 / (sum of x^2).
  // What reclaim sends to swap it sends a cluster at once, and waits for none.
  const squares = workers * (workers / workingThreads) + grower * grower + rereadsPerS * (rereadsPerS / CLUSTER_PAGES);
  const threads = Math.max(1, Math.round((sum * sum) / squares));
  return {
    threads,
    thinkNs: Math.min(THINK_MOST_NS, Math.max(0, Math.round((threads * SECOND_NS) / sum - readNs))),
    swapReadShare: swapReads / sum,
    fileReadShare: fileReads / sum,
    hostSwapReadShare: hostReads / sum,
    pagesPerSwapRead,
    pagesPerFileRead,
  };
}
