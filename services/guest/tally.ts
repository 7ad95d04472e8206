/** What the operations of one stretch came to, and what that means to their user: throughput, stalls, latencies. */
import type { Random } from "../../lib/engine/random.ts";
import { countOperations } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { type StallTimes, stallOf } from "./pressure.ts";
import { readNsOf, type Service } from "./service.ts";

/** Sums over the pieces of one stretch. */
export interface Tally {
  accesses: number;
  reads: number;
  /** Touches that the host's compressed pool served. */
  unzips: number;
  /** Those that the guest's own kernel makes; of them, of pages that it counts to the working set. */
  guestReads: number;
  restoredReads: number;
  /** Thread time for operations and for growth. */
  threadNs: number;
  growingNs: number;
  /** CPU time of the operations; of it, of reads of the working set and of reclaim. */
  cpuNs: number;
  stallCpuNs: number;
  /** Waits for the host's memory, and for the guest's. */
  stalledNs: number;
  directNs: number;
}

export function noTally(): Tally {
  return {
    accesses: 0,
    reads: 0,
    unzips: 0,
    guestReads: 0,
    restoredReads: 0,
    threadNs: 0,
    growingNs: 0,
    cpuNs: 0,
    stallCpuNs: 0,
    stalledNs: 0,
    directNs: 0,
  };
}

/**
 * Where the stretch's time went, as the guest's kernel sees it: a thread waits for a CPU in and out of stalls alike, by the CPU time that
 * each takes, and one whose page the host must bring runs.
 */
function timesOf({ workload, processor, reclaim, growthStallNs }: Machine, tally: Tally, readNs: number): StallTimes {
  const { threadNs, growingNs, cpuNs, guestReads, restoredReads, directNs, stallCpuNs } = tally;
  // Where CPU time is not counted, to think is to compute.
  const asleepNs = processor.limited ? tally.accesses * Math.max(0, workload.touchNs - workload.pools.times.ownNs) : 0;
  const awakeNs = Math.max(0, threadNs - guestReads * readNs - directNs - asleepNs);
  const stallingNs = stallCpuNs > 0 ? stallCpuNs * Math.max(1, awakeNs / cpuNs) : 0;
  return {
    stalledNs: restoredReads * readNs + directNs + stallingNs + growthStallNs,
    runningNs: Math.max(0, awakeNs - stallingNs) + Math.max(0, growingNs - growthStallNs),
    workersNs: processor.limited ? reclaim.effort.takeSpent() / processor.workerShare : 0,
  };
}

/** Books what a stretch of `lengthNs` has done: operations, stalls, latencies. */
export function account(machine: Machine, tally: Tally, lengthNs: number, service: Service, random: Random): void {
  const { workload, totals, latencies } = machine;
  const { decompressNs } = machine.evictions;
  const operations = tally.accesses / workload.touches;
  countOperations(totals, operations, workload);
  const threads = Math.max(1, workload.threads);
  const readNs = readNsOf(service);
  const stall = stallOf(timesOf(machine, tally, readNs), threads, lengthNs);
  totals.psiSomeNs += stall.someNs;
  totals.psiFullNs += stall.fullNs;
  const waitedNs = tally.directNs + tally.stalledNs + machine.growthStallNs + machine.hostStallNs;
  totals.stalledNs += (tally.reads * readNs + tally.unzips * decompressNs + waitedNs) / threads;
  if (tally.accesses === 0) return;
  const faults = tally.reads + tally.unzips;
  const waitNs = faults > 0 ? (tally.directNs + tally.stalledNs) / faults : 0;
  if (tally.reads > 0) latencies.noteFaults(tally.reads, service, waitNs, random);
  const unzipNs = decompressNs + waitNs;
  if (tally.unzips > 0) latencies.faults.add(unzipNs, tally.unzips);
  // Next to a read of a disk it is short, so in the mean for each operation.
  const ownNs = workload.thinkNs + (tally.unzips > 0 ? (tally.unzips / operations) * unzipNs : 0);
  const p = Math.min(1, tally.reads / tally.accesses);
  latencies.noteOperations(operations, ownNs, workload.touches, p, service, waitNs, random);
}
