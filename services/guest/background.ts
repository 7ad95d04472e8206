/** What a guest's kernel does beside its workload: balloon driver, kswapd, its own pages, flusher threads. */
import { SECOND_NS } from "../../lib/units.ts";
import { takenOf } from "./balloon/outlook.ts";
import type { Machine } from "./machine.ts";
import { CACHE, KERNEL } from "./memory.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";
import { readNsOf, type Service } from "./service.ts";
import { type Surroundings, UNLIMITED } from "./threadpool.ts";

/** A kernel page that the host has swapped out is touched again after this time, in the mean. */
export const KERNEL_TOUCH_NS = 10 * SECOND_NS;

export function moveBalloon(machine: Machine, nowNs: number, lengthNs: number): void {
  const { balloon, memory, processor } = machine;
  const share = balloon.gapPages > 0 ? processor.inflationShare : processor.workerShare;
  const asked = balloon.request(nowNs, lengthNs, memory.freeBackedPages, share);
  if (asked === 0) return;
  if (asked < 0) {
    memory.deflate(-asked);
    processor.use(balloon.speed.givingNs(-asked));
    balloon.moved(-asked, asked, 0, nowNs, lengthNs, share);
    return;
  }
  const wanted = takenOf(asked, machine);
  const free = Math.min(wanted, machine.sparePages);
  const workNs = balloon.speed.takingNs(free, Math.max(0, free - memory.freeBackedPages));
  const { inflateShare = 1 } = processor.costs;
  processor.use(workNs * inflateShare);
  const cpuNs = processor.workerNs - workNs * (inflateShare + (1 - inflateShare) * processor.workerShare);
  const leftNs = wanted > free ? reclaimDirectly(machine, wanted - free, cpuNs) : 0;
  const pages = Math.min(wanted, machine.sparePages);
  const untouched = memory.inflate(pages);
  // One that ran out of CPU time, or still finds pages, goes on; one that found nothing to reclaim is tired.
  const goesOn = wanted === asked && processor.limited && (leftNs <= 0 || pages > free);
  if (pages === asked || goesOn) balloon.moved(pages, asked, untouched, nowNs, lengthNs, share);
  else balloon.tired(pages, untouched, nowNs, lengthNs, machine.workload.file.residentPages < CLUSTER_PAGES, share);
}

/**
 * __GFP_NORETRY: direct reclaim for as long as it finds something, which waits for no write, and no reserves. Where CPU time is not
 * counted that is clean cache. Returns the CPU time that is left.
 */
function reclaimDirectly({ reclaim }: Machine, pages: number, cpuNs: number): number {
  const { effort } = reclaim;
  const kswapdNs = effort.cpuNs;
  effort.cpuNs = cpuNs;
  reclaim.look();
  const got = effort.limited ? reclaim.capacityPages(pages) : Math.min(pages, reclaim.droppablePages);
  if (got > 0) reclaim.evict(got, 0, 0);
  if (got < pages) reclaim.unmap(pages - got);
  const leftNs = effort.cpuNs;
  effort.cpuNs = kswapdNs;
  return leftNs;
}

/** The driver gives everything back: it is unloaded or reset. */
export function releaseBalloon({ memory, balloon }: Machine): void {
  memory.deflate(balloon.release());
}

/** kswapd: from below the low watermark up to the high one. */
export function balance(machine: Machine): void {
  const { reclaim, memory, marks } = machine;
  reclaim.effort.cpuNs = machine.processor.workerNs;
  if (memory.freePages < marks.lowPages) reclaim.awake = true;
  if (!reclaim.awake) return;
  reclaim.look();
  const wanted = marks.highPages - memory.freePages;
  const pages = reclaim.capacityPages(wanted);
  if (pages >= 1) reclaim.evict(pages, 0, 0);
  if (pages < wanted) reclaim.unmap(wanted - Math.max(0, pages));
  // A page of rounding must not keep it awake.
  if (memory.freePages >= marks.highPages - 1) reclaim.sleep();
  machine.processor.finish();
}

export function touchKernel(machine: Machine, lengthNs: number): void {
  const out = machine.memory.out(KERNEL);
  if (out === 0) return;
  const touched = machine.returns[KERNEL].take(out * (1 - Math.exp(-lengthNs / KERNEL_TOUCH_NS)));
  machine.totals.hostSwapInPages += machine.memory.readBack(KERNEL, touched);
}

export function writeBack(machine: Machine): void {
  const { workload, memory, reclaim, flusher } = machine;
  if (workload.file.markedPages === 0) {
    memory.dirtyPages = 0;
    flusher.wantedPages = 0;
  } else if (flusher.wantedPages > 0) flusher.written(reclaim.writeBack(flusher.wantedPages), workload.file.markedPages);
}

/** The flusher threads look for pages to write. */
export function wakeFlusher(machine: Machine): void {
  const { workload, memory, flusher } = machine;
  flusher.wake(workload.file.markedPages, memory.freePages + memory.used(CACHE));
}

/** What the threads meet in a step. */
export function surroundingsOf(machine: Machine, stepNs: number, service: Service): Surroundings {
  const { workload, processor } = machine;
  return processor.surroundings(readNsOf(service), workload.threads, workload.dirties ? dirtyPerNs(machine, stepNs, service) : UNLIMITED);
}

/** Pages of files that may become dirty in one ns, while the disk writes what it does. */
function dirtyPerNs({ workload, memory, marks, flusher }: Machine, stepNs: number, { fileWritePages, writeShare }: Service): number {
  const { markedPages } = workload.file;
  const dirtyablePages = Math.max(0, memory.freePages - marks.highPages) + memory.used(CACHE);
  flusher.limit.pass(stepNs, markedPages, dirtyablePages);
  const ratio = flusher.limit.ratio(markedPages, dirtyablePages);
  // A disk that wrote all that it was asked for could have written more.
  return writeShare < 1 && ratio < UNLIMITED ? (fileWritePages / stepNs) * ratio : UNLIMITED;
}

/** Of the kernel's threads, those that want to run: the balloon's work item and kswapd. */
export function workersOf({ balloon, reclaim, memory, marks }: Machine): number {
  return (balloon.active ? 1 : 0) + (reclaim.awake || memory.freePages < marks.lowPages ? 1 : 0);
}
