/** What the operations of one stretch came to, and what that means to their user: throughput, stalls, latencies. */
import type { Random } from "../../lib/engine/random.ts";
import { countOperations } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { stallOf } from "./pressure.ts";
import type { Service } from "./service.ts";

/** Sums over the pieces of one stretch. */
export interface Tally {
  accesses: number;
  reads: number;
  /** Touches that the host's compressed pool served. */
  unzips: number;
  memoryReads: number;
  stalledNs: number;
  directNs: number;
}

export function noTally(): Tally {
  return { accesses: 0, reads: 0, unzips: 0, memoryReads: 0, stalledNs: 0, directNs: 0 };
}

/** Books what a stretch of `lengthNs` has done: operations, stalls, latencies. */
export function account(machine: Machine, tally: Tally, readNs: number, lengthNs: number, service: Service, random: Random): void {
  const { workload, totals, latencies } = machine;
  const { decompressNs } = machine.evictions;
  const operations = tally.accesses / workload.touches;
  countOperations(totals, operations, workload);
  const memoryNs = tally.memoryReads * readNs + tally.directNs + machine.growthStallNs;
  const threads = Math.max(1, workload.threads);
  const stall = stallOf(memoryNs, threads, lengthNs);
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
