/** Memory that the guest could use without swapping, as its kernel estimates it. */
import type { Machine } from "./machine.ts";
import { CACHE } from "./memory.ts";

/** si_mem_available(), mm/page_alloc.c. */
export function availablePages(machine: Machine): number {
  const { memory, marks } = machine;
  const cache = memory.used(CACHE);
  const reserve = Math.min(marks.highPages, memory.sizePages - memory.balloonPages);
  return Math.max(0, Math.floor(memory.freePages - memory.perCpu.pages - reserve + cache - Math.min(cache / 2, marks.lowPages)));
}
