/** What a guest's kernel does beside its workload: balloon driver, kswapd, its own pages, flusher threads. */
import { SECOND_NS } from "../../lib/units.ts";
import type { Machine } from "./machine.ts";
import { CACHE, KERNEL } from "./memory.ts";
import { CLUSTER_PAGES } from "./reclaim.ts";

/** A kernel page that the host has swapped out is touched again after this time, in the mean. */
export const KERNEL_TOUCH_NS = 10 * SECOND_NS;
/** dirty_expire_centisecs: the flusher writes what has been dirty for 30 s. */
const DIRTY_AGE_S = 30;
/** dirty_background_ratio: above this share of free memory and cache it writes at once. */
const DIRTY_BACKGROUND = 0.1;

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
  if (memory.freePages >= marks.highPages - 1) reclaim.awake = false;
}

export function touchKernel(machine: Machine, lengthNs: number): void {
  const out = machine.memory.out(KERNEL);
  if (out === 0) return;
  const touched = machine.returns[KERNEL].take(out * (1 - Math.exp(-lengthNs / KERNEL_TOUCH_NS)));
  machine.totals.hostSwapInPages += machine.memory.readBack(KERNEL, touched);
}

export function writeBack(machine: Machine, lengthNs: number): void {
  if (machine.workload.file.markedPages === 0) machine.memory.dirtyPages = 0;
  else machine.reclaim.writeBack((flushPagesPerS(machine) * lengthNs) / SECOND_NS);
}

/** Pages per second that the flusher threads want to write. */
export function flushPagesPerS(machine: Machine): number {
  const dirty = machine.workload.file.markedPages;
  const background = DIRTY_BACKGROUND * (machine.memory.freePages + machine.memory.used(CACHE));
  return dirty / DIRTY_AGE_S + Math.max(0, dirty - background);
}
