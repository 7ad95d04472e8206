/** One stretch of the workload's operations, with the memory that there is: faults, stalls, latencies. */
import type { Random } from "../../lib/engine/random.ts";
import type { Machine } from "./machine.ts";
import { ANONYMOUS, CACHE } from "./memory.ts";
import type { Costs } from "./operations.ts";
import { type Budget, type Prices, pricesOf } from "./prices.ts";
import { bringIn } from "./readahead.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";
import { readNsOf, type Service } from "./service.ts";
import type { Sharing } from "./sharing.ts";
import { account, noTally, type Tally } from "./tally.ts";
import type { Traffic } from "./traffic.ts";

/** Of a list, what one look ahead may replace: what came in goes again, and nothing can go twice. */
const PIECE_TURNOVERS = 1 / 16;
/** A list of next to no pages turns over thousands of times in a step, which is all the same then: it has none of what is asked for. */
const MOST_PIECES = 64;

/** Room below this share of the missing pages is not told apart from none. */
const ROOM_SHARE = 1 / 64;

/** `growingNs`: thread time of the stretch that went to growth. */
export function operate(machine: Machine, lengthNs: number, growingNs: number, service: Service, random: Random): void {
  const { workload, processor } = machine;
  machine.forgo(lengthNs, readNsOf(service));
  const tally = noTally();
  tally.growingNs = growingNs;
  const budget = { threadNs: workload.running ? workload.threads * lengthNs - growingNs : 0, cpuNs: processor.takeRest(lengthNs) };
  const prices = pricesOf(machine, service);
  machine.operations.staleShare = machine.memory.staleShare;
  machine.operations.staleUnzipShare = machine.memory.staleUnzipShare;
  machine.workload.lookAhead(machine.reclaim.swapCache.flaggedPages);
  tally.threadNs = budget.threadNs;
  if (budget.threadNs > 0 && (!roomMatters(machine) || fill(machine, budget, prices, tally)))
    turnOverAll(machine, budget, service, prices, tally);
  account(machine, tally, lengthNs, service, random);
}

/** Whether the room above the low watermark can change the miss ratio: between the watermarks of full memory it does not. */
function roomMatters(machine: Machine): boolean {
  const { workload, memory, marks } = machine;
  const missing = workload.anonymous.missingPages + workload.file.missingPages;
  return memory.freePages - marks.lowPages > missing * ROOM_SHARE;
}

/** Accesses that the budget allows: of the threads' time, or of the CPUs' where that is less. */
function solve({ operations, processor }: Machine, budget: Budget, { thread, cpu }: Prices, full: boolean): void {
  operations.solve(budget.threadNs, thread, full);
  if (!processor.limited) return;
  const cpuNs = operations.costNs(cpu);
  processor.busy = Math.min(1, cpuNs / budget.threadNs);
  if (cpuNs > budget.cpuNs) operations.solve(budget.cpuNs, cpu, full);
}

/** Memory has room: misses fill it up. Returns whether it became full, at the low watermark. */
function fill(machine: Machine, budget: Budget, prices: Prices, tally: Tally): boolean {
  const { operations, memory, marks, sharing } = machine;
  const { traffic } = operations;
  solve(machine, budget, prices, false);
  const frames = Math.max(0, memory.freePages - marks.lowPages);
  const misses = (): number => arrivalsOf(traffic);
  const backing = (): number => Math.max(misses() * memory.unbackedShare, misses() - memory.freeBackedPages) + framesOf(traffic, sharing);
  const full = limit(machine, misses, frames, prices.thread, false);
  // Room, but no machine pages behind it: the threads wait for the host.
  const waiting = limit(machine, backing, memory.creditPages, prices.thread, false);
  perform(machine, budget, prices, false, tally);
  if (waiting) tally.stalledNs += budget.threadNs;
  return full && !waiting && budget.threadNs > 0;
}

/** Cuts the accesses of the last estimate to where `use`, a concave function of them, comes to `most`; whether it had to. */
function limit(machine: Machine, use: () => number, most: number, costs: Costs, full: boolean): boolean {
  const { operations } = machine;
  if (use() <= most) return false;
  for (let round = 0; round < 30 && use() > most + 0.5; round++) {
    operations.estimate((operations.traffic.accesses * most) / use(), costs, full);
  }
  return true;
}

/** Pages that come in. */
function arrivalsOf({ missesAnonymous, missesFile, aheadPages }: Traffic): number {
  return missesAnonymous + missesFile + aheadPages;
}

/** Memory is full, for all that is left of the stretch. */
function turnOverAll(machine: Machine, budget: Budget, service: Service, prices: Prices, tally: Tally): void {
  const { anonymous, file } = machine.workload;
  const accesses = machine.operations.likely(budget.threadNs, prices.thread);
  const moving = Math.max(anonymous.piecesOf(accesses), file.piecesOf(accesses));
  // What threads reclaim beside their own misses is the balloon's, which comes once in a stretch.
  const turning = Math.min(MOST_PIECES, Math.ceil(machine.workload.turnovers(accesses) / PIECE_TURNOVERS));
  const pieces = machine.balloon.hungry ? 1 : Math.max(moving, turning);
  const threadNs = budget.threadNs / pieces;
  const cpuNs = budget.cpuNs / pieces;
  for (let i = 0; i < pieces && machine.workload.running; i++) {
    machine.workload.lookAhead(machine.reclaim.swapCache.flaggedPages);
    turnOver(machine, { threadNs, cpuNs }, service, prices, tally);
  }
}

/** Memory is full: every miss needs a page to be reclaimed first. What kswapd leaves short the threads reclaim themselves. */
function turnOver(machine: Machine, budget: Budget, service: Service, prices: Prices, tally: Tally): void {
  const { reclaim, processor, marks } = machine;
  let lack = balanced(machine, budget, prices, marks.highPages, tally);
  if (lack === "guest" && processor.limited && budget.cpuNs > 0 && budget.threadNs > 0) {
    const pages = pagesPerMiss(machine);
    reclaim.effort.cpuNs = Number.POSITIVE_INFINITY;
    const own = pricesOf(machine, service, pages * reclaim.effort.pageNs(reclaim.capacity.anonymousWriteShare));
    lack = balanced(machine, budget, own, marks.minPages, tally, pages - 1);
    reclaim.effort.cpuNs = 0;
  }
  if (lack === "guest") tally.directNs += Math.max(0, budget.threadNs);
  else if (lack === "host") tally.stalledNs += Math.max(0, budget.threadNs);
}

/** Pages that threads reclaim for each miss of theirs: of a cluster they use what the hungry balloon driver leaves them until its turn. */
function pagesPerMiss({ processor, balloon, workload }: Machine): number {
  return balloon.hungry ? Math.max(1, CLUSTER_PAGES / processor.faultsPerPeriod(workload.workingThreads, 2)) : 1;
}

/** Whose pages were short: the guest's own, or the frames behind them, of which the guest knows nothing. */
type Lack = "guest" | "host" | undefined;

/** Accesses as far as evictions balance their misses, and up to the mark, or `surplus` for each miss. */
function balanced(machine: Machine, budget: Budget, prices: Prices, markPages: number, tally: Tally, surplus = 0): Lack {
  const { operations, memory, marks, reclaim, sharing } = machine;
  const { traffic } = operations;
  solve(machine, budget, prices, true);
  const wanted = arrivalsOf(traffic);
  const supply = Math.max(0, machine.sparePages + reclaim.capacityPages(wanted - machine.sparePages));
  const short = limit(machine, () => arrivalsOf(traffic), supply, prices.thread, true);
  const backing = (): number => arrivalsOf(traffic) * memory.unbackedShare + framesOf(traffic, sharing);
  const waiting = limit(machine, backing, memory.creditPages, prices.thread, true);
  if (short && supply < CLUSTER_PAGES && reclaim.potentialPages < CLUSTER_PAGES) machine.outOfMemory(wanted - supply);
  if (!machine.workload.running) return "guest";
  perform(machine, budget, prices, true, tally);
  const arrivals = arrivalsOf(traffic);
  const freeAfter = memory.freePages - arrivals;
  reclaim.awake ||= freeAfter < marks.lowPages;
  const wantedPages = reclaim.awake ? markPages - freeAfter + surplus * arrivals : 0;
  const pages = reclaim.capacityPages(wantedPages);
  reclaim.evict(pages, arrivals - traffic.missesFile, traffic.missesFile);
  if (pages < wantedPages) reclaim.unmap(wantedPages - pages);
  if (waiting) return "host";
  return short ? "guest" : undefined;
}

/** Machine pages that touches of pages in use need: of what the host has swapped out, and of shared pages that are written. */
function framesOf({ accesses, returnsAnonymous, returnsFile }: Readonly<Traffic>, sharing: Sharing): number {
  return returnsAnonymous + returnsFile + sharing.expectedWrites(accesses);
}

/** Carries out the accesses of the last estimate. */
function perform(machine: Machine, budget: Budget, { thread, cpu, reclaimNs }: Prices, full: boolean, tally: Tally): void {
  const { operations, workload, totals, reclaim } = machine;
  budget.threadNs = Math.max(0, budget.threadNs - operations.costNs(thread));
  const cpuNs = machine.processor.limited ? operations.costNs(cpu) : 0;
  budget.cpuNs -= cpuNs;
  const { traffic } = operations;
  const { missesAnonymous, missesFile, aheadPages, swapReads, fileReads, returnsAnonymous, returnsFile, staleReads } = traffic;
  if (returnsAnonymous > 0) bringBack(machine, ANONYMOUS, returnsAnonymous, traffic.unzipsAnonymous);
  if (returnsFile > 0) bringBack(machine, CACHE, returnsFile, traffic.unzipsFile);
  const mapped = reclaim.swapCache.touch(traffic.accesses, aheadPages, reclaim.lists);
  workload.readAhead.note(missesAnonymous + aheadPages);
  totals.minorFaults += machine.sharing.write(traffic.accesses) + operations.advance(full, reclaim.keepsSlots, mapped);
  bringIn(workload.anonymous, aheadPages, full);
  if (!full && missesAnonymous > 0) reclaim.anonymousPages.follow(missesAnonymous + aheadPages, 0, 0);
  if (!full && (missesFile > 0 || workload.dirties)) reclaim.cachePages.follow(missesFile, 0, 0);
  const restored = reclaim.lists.noteRefaults(missesAnonymous + aheadPages, missesFile, reclaim.capacity.swappablePages > 0);
  totals.swapInPages += missesAnonymous + aheadPages;
  totals.fileReadPages += traffic.fileReadPages;
  totals.refaultPages += missesAnonymous + missesFile;
  totals.majorFaults += swapReads + fileReads;
  tally.accesses += traffic.accesses;
  tally.guestReads += swapReads + fileReads;
  tally.restoredReads += swapReads * restored.anonymous + fileReads * restored.file;
  tally.cpuNs += cpuNs;
  tally.stallCpuNs += (swapReads + fileReads) * reclaimNs;
  tally.stallCpuNs += (missesAnonymous + aheadPages) * restored.anonymous * cpu.swapPageNs;
  tally.stallCpuNs += fileReads * restored.file * (cpu.fileReadNs - reclaimNs);
  tally.unzips += operations.unzips;
  tally.reads += swapReads + fileReads + returnsAnonymous + returnsFile + staleReads - operations.unzips;
}

/** Pages that the host had taken, `unzips` of them into its compressed pool. */
function bringBack(
  { memory, totals, returns, unzips }: Machine,
  kind: typeof ANONYMOUS | typeof CACHE,
  pages: number,
  pooled: number,
): void {
  totals.hostSwapInPages += memory.readBack(kind, returns[kind].take(pages), pooled > 0 ? unzips[kind].take(pooled) : 0);
}
