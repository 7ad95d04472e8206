/** What a guest's kernel does beside its workload: balloon driver, kswapd, its own pages, flusher threads. */
import { SECOND_NS } from "../../lib/units.ts";
import type { Machine } from "./machine.ts";
import { CACHE, KERNEL } from "./memory.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";

/** A kernel page that the host has swapped out is touched again after this time, in the mean. */
export const KERNEL_TOUCH_NS = 10 * SECOND_NS;

export function moveBalloon(machine: Machine, nowNs: number, lengthNs: number): void {
  const { balloon, memory } = machine;
  const asked = balloon.request(nowNs, lengthNs);
  if (asked === 0) return;
  if (asked < 0) {
    memory.deflate(-asked);
    balloon.moved(-asked, asked, nowNs, lengthNs, false);
    return;
  }
  // __GFP_NORETRY: one round of direct reclaim that waits for no write, and no reserves.
  const short = asked - machine.sparePages;
  if (short > 0) machine.reclaim.drop(short);
  const pages = Math.min(asked, machine.sparePages);
  memory.inflate(pages);
  balloon.moved(pages, asked, nowNs, lengthNs, machine.workload.file.residentPages < CLUSTER_PAGES);
}

/** kswapd: from below the low watermark up to the high one. */
export function balance(machine: Machine): void {
  const { reclaim, memory, marks } = machine;
  if (memory.freePages < marks.lowPages) reclaim.awake = true;
  if (!reclaim.awake) return;
  const pages = Math.min(marks.highPages - memory.freePages, reclaim.capacityPages);
  if (pages >= 1) reclaim.evict(pages, 0, 0);
  // A page of rounding must not keep it awake.
  if (memory.freePages >= marks.highPages - 1) reclaim.sleep();
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
