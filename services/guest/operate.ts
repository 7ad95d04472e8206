/** One stretch of the workload's operations, with the memory that there is: faults, stalls, latencies. */
import type { Random } from "../../lib/engine/random.ts";
import type { Machine } from "./machine.ts";
import { ANONYMOUS, CACHE } from "./memory.ts";
import type { Responses, Traffic } from "./operations.ts";
import { stallOf } from "./pressure.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";
import type { Service } from "./service.ts";
import type { Sharing } from "./sharing.ts";

/** Room below this share of the missing pages is not told apart from none. */
const ROOM_SHARE = 1 / 64;

/** Sums over the pieces of one stretch. */
interface Tally {
  accesses: number;
  reads: number;
  memoryReads: number;
  stalledNs: number;
  directNs: number;
}

/** `growingNs`: of the stretch, one of the threads was busy growing. */
export function operate(machine: Machine, lengthNs: number, growingNs: number, service: Service, random: Random): void {
  const { workload } = machine;
  machine.forgo(Math.max(0, lengthNs - growingNs / Math.max(1, workload.threads)));
  const tally: Tally = { accesses: 0, reads: 0, memoryReads: 0, stalledNs: 0, directNs: 0 };
  const responses = {
    readNs: service.serviceNs + service.waitProbability * service.waitNs,
    staleShare: machine.memory.staleShare,
  };
  const threadNs = workload.running ? workload.threads * lengthNs - growingNs : 0;
  if (threadNs > 0) {
    const leftNs = roomMatters(machine) ? fill(machine, threadNs, responses, tally) : threadNs;
    if (leftNs > 0) turnOverAll(machine, leftNs, responses, tally);
  }
  account(machine, tally, responses, lengthNs, service, random);
}

/** Whether the room above the low watermark can change the miss ratio: between the watermarks of full memory it does not. */
function roomMatters(machine: Machine): boolean {
  const { workload, memory, marks } = machine;
  const missing = workload.anonymous.missingPages + workload.file.missingPages;
  return memory.freePages - marks.lowPages > missing * ROOM_SHARE;
}

/** Memory has room: misses fill it up. Returns the thread time that is left once the low watermark is reached. */
function fill(machine: Machine, threadNs: number, responses: Responses, tally: Tally): number {
  const { operations, memory, marks, sharing } = machine;
  const { traffic } = operations;
  operations.solve(threadNs, responses, false);
  const frames = Math.max(0, memory.freePages - marks.lowPages);
  const misses = (): number => traffic.missesAnonymous + traffic.missesFile;
  const backing = (): number => Math.max(misses() * memory.unbackedShare, misses() - memory.freeBackedPages) + framesOf(traffic, sharing);
  const full = limit(machine, misses, frames, responses, false);
  // Room, but no machine pages behind it: the threads wait for the host.
  const waiting = limit(machine, backing, memory.creditPages, responses, false);
  perform(machine, false, tally);
  const leftNs = Math.max(0, threadNs - traffic.costNs);
  if (!waiting) return full ? leftNs : 0;
  tally.stalledNs += leftNs;
  return 0;
}

/** Cuts the accesses of the last estimate to where `use`, a concave function of them, comes to `most`; whether it had to. */
function limit(machine: Machine, use: () => number, most: number, responses: Responses, full: boolean): boolean {
  const { operations } = machine;
  if (use() <= most) return false;
  for (let round = 0; round < 30 && use() > most + 0.5; round++) {
    operations.estimate((operations.traffic.accesses * most) / use(), responses, full);
  }
  return true;
}

/** Memory is full, for `threadNs` of thread time. */
function turnOverAll(machine: Machine, threadNs: number, responses: Responses, tally: Tally): void {
  const { anonymous, file } = machine.workload;
  const accesses = machine.operations.likely(threadNs, responses);
  const pieces = Math.max(anonymous.piecesOf(accesses), file.piecesOf(accesses));
  for (let i = 0; i < pieces && machine.workload.running; i++) turnOver(machine, threadNs / pieces, responses, tally);
}

/** Memory is full: every miss needs a page to be reclaimed first. */
function turnOver(machine: Machine, threadNs: number, responses: Responses, tally: Tally): void {
  const { operations, memory, marks, reclaim, sharing } = machine;
  const { traffic } = operations;
  operations.solve(threadNs, responses, true);
  const wanted = traffic.missesAnonymous + traffic.missesFile;
  const supply = Math.max(0, machine.sparePages + reclaim.capacityPages);
  const short = limit(machine, () => traffic.missesAnonymous + traffic.missesFile, supply, responses, true);
  const backing = (): number => (traffic.missesAnonymous + traffic.missesFile) * memory.unbackedShare + framesOf(traffic, sharing);
  const waiting = limit(machine, backing, memory.creditPages, responses, true);
  if (short || waiting) {
    tally.directNs += Math.max(0, threadNs - traffic.costNs);
    if (short && supply < CLUSTER_PAGES && reclaim.potentialPages < CLUSTER_PAGES) machine.outOfMemory(wanted - supply);
    if (!machine.workload.running) return;
  }
  const { missesAnonymous, missesFile } = traffic;
  perform(machine, true, tally);
  const freeAfter = memory.freePages - missesAnonymous - missesFile;
  const wake = reclaim.awake || freeAfter < marks.lowPages;
  reclaim.awake = wake;
  reclaim.evict(wake ? Math.min(reclaim.capacityPages, marks.highPages - freeAfter) : 0, missesAnonymous, missesFile);
}

/** Machine pages that touches of pages in use need: of what the host has swapped out, and of shared pages that are written. */
function framesOf({ accesses, returnsAnonymous, returnsFile }: Readonly<Traffic>, sharing: Sharing): number {
  return returnsAnonymous + returnsFile + sharing.expectedWrites(accesses);
}

/** Carries out the accesses of the last estimate. */
function perform(machine: Machine, full: boolean, tally: Tally): void {
  const { operations, memory, totals, reclaim } = machine;
  const { traffic } = operations;
  const { missesAnonymous, missesFile, swapReads, fileReads, returnsAnonymous, returnsFile, staleReads } = traffic;
  const back = [
    [ANONYMOUS, returnsAnonymous],
    [CACHE, returnsFile],
  ] as const;
  for (const [kind, returns] of back) if (returns > 0) totals.hostSwapInPages += memory.readBack(kind, machine.returns[kind].take(returns));
  totals.minorFaults += machine.sharing.write(traffic.accesses);
  operations.advance(full, reclaim.keepsSlots);
  if (!full && missesAnonymous > 0) reclaim.anonymousPages.follow(missesAnonymous, 0, 0);
  if (!full && (missesFile > 0 || machine.workload.dirties)) reclaim.cachePages.follow(missesFile, 0, 0);
  reclaim.noteRefaults(missesAnonymous, missesFile);
  totals.swapInPages += missesAnonymous;
  totals.fileReadPages += missesFile;
  totals.refaultPages += missesAnonymous + missesFile;
  totals.majorFaults += swapReads + fileReads;
  tally.accesses += traffic.accesses;
  tally.memoryReads += swapReads + fileReads;
  tally.reads += swapReads + fileReads + returnsAnonymous + returnsFile + staleReads;
}

function account(machine: Machine, tally: Tally, responses: Responses, lengthNs: number, service: Service, random: Random): void {
  const { workload, totals, latencies } = machine;
  const operations = tally.accesses / workload.touches;
  totals.accesses += tally.accesses;
  totals.operations += operations;
  const memoryNs = tally.memoryReads * responses.readNs + tally.directNs + machine.growthStallNs;
  const threads = Math.max(1, workload.threads);
  const stall = stallOf(memoryNs, threads, lengthNs);
  totals.psiSomeNs += stall.someNs;
  totals.psiFullNs += stall.fullNs;
  const waitedNs = tally.directNs + tally.stalledNs + machine.growthStallNs + machine.hostStallNs;
  totals.stalledNs += (tally.reads * responses.readNs + waitedNs) / threads;
  if (tally.accesses === 0) return;
  const waitNs = tally.reads > 0 ? (tally.directNs + tally.stalledNs) / tally.reads : 0;
  if (tally.reads > 0) latencies.noteFaults(tally.reads, service, waitNs, random);
  const p = Math.min(1, tally.reads / tally.accesses);
  latencies.noteOperations(operations, workload.thinkNs, workload.touches, p, service, waitNs, random);
}
