/**
 * Free page reporting (mm/page_reporting.c): free blocks give their machine pages back without being asked for. A pass comes 2 s after
 * the one before and goes over a sixteenth of the free list, those that were reported before among it: about 30 s for all.
 */
import type { Machine } from "./machine.ts";

export const REPORTING_NS = 2_000_000_000;
/** pageblock_order 9: 2 MiB. */
const BLOCK_PAGES = 512;
/** PAGE_REPORTING_CAPACITY: blocks of one batch, and those above the low watermark that are left alone. */
const CAPACITY_BLOCKS = 32;
const PASSES = 16;

/** Whether a pass would find something to give back. */
export function hasReportable(machine: Machine): boolean {
  const { memory, marks } = machine;
  return memory.freePages >= marks.lowPages + CAPACITY_BLOCKS * BLOCK_PAGES && memory.freeBackedPages >= BLOCK_PAGES;
}

/** One pass. */
export function reportFreePages(machine: Machine): void {
  if (!hasReportable(machine)) return;
  const { memory } = machine;
  const batches = Math.ceil(memory.freePages / BLOCK_PAGES / (CAPACITY_BLOCKS * PASSES));
  memory.report(Math.min(Math.floor(memory.freeBackedPages / BLOCK_PAGES), batches * CAPACITY_BLOCKS) * BLOCK_PAGES);
}
