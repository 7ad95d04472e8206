/** The program's and the kernel's new memory: touched once, in order, by one thread that does nothing else meanwhile. */
import type { Random } from "../../lib/engine/random.ts";
import { SECOND_NS } from "../../lib/units.ts";
import type { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";
import type { Region } from "./region.ts";
import { readNsOf, type Service } from "./service.ts";
import { FILE_READ_AHEAD_PAGES, FIRST_TOUCH_NS, firstReadShare } from "./unpressed.ts";

/** Grows for at most `lengthNs`; returns the thread time that took: all threads wait for the kernel, one touches what is the program's. */
export function grow(machine: Machine, lengthNs: number, service: Service, random: Random): number {
  const { workload } = machine;
  const threads = Math.max(1, workload.threads);
  let busyNs = bootNs(machine, lengthNs, threads);
  const waitingNs = (threads - 1) * busyNs;
  while (busyNs < lengthNs) {
    const region = workload.growing;
    if (region === undefined) break;
    busyNs += growRegion(machine, region, lengthNs - busyNs, service, random);
    if (region.growing) busyNs = lengthNs;
  }
  return waitingNs + busyNs;
}

/** The kernel touches its pages, then starts the program; returns how much of `lengthNs` that took. */
function bootNs(machine: Machine, lengthNs: number, threads: number): number {
  if (machine.kernelPagesLeft === 0) return 0;
  machine.live = true;
  const pages = Math.min(machine.kernelPagesLeft, Math.floor(lengthNs / FIRST_TOUCH_NS));
  const got = machine.memory.take(KERNEL, Math.min(pages, obtain(machine, pages, 0, 1)));
  machine.totals.minorFaults += got;
  if (got < pages) machine.hostStallNs += (lengthNs - got * FIRST_TOUCH_NS) * threads;
  if (machine.kernelPagesLeft > 0) return lengthNs;
  machine.up();
  return got * FIRST_TOUCH_NS;
}

/**
 * Time per page of a region's first touch: a file's pages come from the disk, with read-ahead, if they are read; stale ones among the free
 * pages are read from the host's swap first, or out of its compressed pool.
 */
function firstTouchNs({ memory, evictions }: Machine, region: Region, readNs: number): number {
  const { staleShare, staleUnzipShare } = memory;
  const fileNs = (firstReadShare(region) * readNs) / FILE_READ_AHEAD_PAGES;
  return FIRST_TOUCH_NS + fileNs + (staleShare - staleUnzipShare) * readNs + staleUnzipShare * evictions.decompressNs;
}

function growRegion(machine: Machine, region: Region, leftNs: number, service: Service, random: Random): number {
  const { reclaim } = machine;
  const readNs = readNsOf(service);
  const perPageNs = firstTouchNs(machine, region, readNs);
  const begun = machine.growthCarry.rest;
  const able = machine.growthCarry.take(leftNs / perPageNs);
  const pages = Math.min(region.wantedPages - region.touchedPages, able);
  const got = obtain(machine, pages, rivalMisses(machine, leftNs, readNs), Math.max(1, machine.workload.threads));
  if (!machine.workload.running) return leftNs;
  if (got > 0) {
    (region.anonymous ? machine.workload.anonymous : machine.workload.file).grow(region, got);
    (region.anonymous ? reclaim.anonymousPages : reclaim.cachePages).follow(got, 0, 0);
    countTouches(machine, region, got, service, random);
  }
  if (got < pages) {
    const waitedNs = Math.max(0, leftNs - got * perPageNs);
    if (machine.sparePages < pages - got) machine.growthStallNs += waitedNs;
    else machine.hostStallNs += waitedNs;
  }
  if (region.growing) return leftNs;
  machine.growthCarry.rest = 0;
  return Math.min(leftNs, Math.max(0, got - begun) * perPageNs);
}

/** What `pages` touched for the first time are in the counts: faults without a read, or reads of a file's pages. */
function countTouches({ totals, latencies }: Machine, region: Region, pages: number, service: Service, random: Random): void {
  if (region.anonymous) totals.minorFaults += pages;
  const readPages = pages * firstReadShare(region);
  if (readPages === 0) return;
  totals.fileReadPages += readPages;
  totals.majorFaults += readPages / FILE_READ_AHEAD_PAGES;
  latencies.noteFaults(readPages / FILE_READ_AHEAD_PAGES, service, 0, random);
}

/**
 * Makes up to `pages` free ones available, by direct reclaim below the min watermark; the OOM killer is the last resort.
 * Reclaim serves its callers in turn: while the other threads wait for `rivalPages`, this one gets its share among
 * `threads`, or what they leave.
 */
function obtain(machine: Machine, pages: number, rivalPages: number, threads: number): number {
  const { memory, reclaim } = machine;
  const short = pages - machine.sparePages;
  if (short > 0) {
    const supply = machine.sparePages + reclaim.capacityPages(short + rivalPages);
    const share = Math.max(supply - rivalPages, supply / threads);
    reclaim.evict(Math.min(short, Math.max(0, share - machine.sparePages)), 0, 0);
    if (machine.sparePages < Math.min(pages, CLUSTER_PAGES) && reclaim.potentialPages < CLUSTER_PAGES) machine.outOfMemory(short);
    return Math.floor(Math.min(pages, share, machine.sparePages, memory.allocatablePages));
  }
  return Math.min(pages, memory.allocatablePages);
}

/** Misses that the working threads would have within `lengthNs` if pages were free. */
function rivalMisses(machine: Machine, lengthNs: number, readNs: number): number {
  const { workload } = machine;
  const misses = workload.anonymous.missRate + workload.file.missRate;
  if (misses === 0) return 0;
  return (misses * workload.workingThreads * lengthNs) / (workload.touchNs + misses * readNs);
}

/** Pages that could be touched in `lengthNs` if memory were free: for the demand. */
export function growthWanted(machine: Machine, lengthNs: number, readNs: number): number {
  const { workload, kernelPagesLeft } = machine;
  // The program starts in the step in which its kernel is up.
  if (kernelPagesLeft > 0) return Math.min(kernelPagesLeft + workload.wantedPages, lengthNs / FIRST_TOUCH_NS);
  const region = workload.growing;
  return region === undefined ? 0 : Math.min(workload.growthPages, lengthNs / firstTouchNs(machine, region, readNs));
}

/** Read operations per second of a growing region: of its file, and of stale pages from the host's swap. */
export function growthReadsPerS(machine: Machine, readNs: number): { readonly file: number; readonly stale: number } {
  const region = machine.workload.growing;
  if (region === undefined) return NO_READS;
  const { staleShare, staleUnzipShare } = machine.memory;
  const pagesPerS = SECOND_NS / firstTouchNs(machine, region, readNs);
  return { file: (pagesPerS * firstReadShare(region)) / FILE_READ_AHEAD_PAGES, stale: pagesPerS * (staleShare - staleUnzipShare) };
}

const NO_READS = { file: 0, stale: 0 };
