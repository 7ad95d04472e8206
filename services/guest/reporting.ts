/**
 * Free page reporting (mm/page_reporting.c): free blocks give their machine pages back without being asked for, 2 s after
 * they were freed, a sixteenth of them in one pass.
 */
import type { Machine } from "./machine.ts";

export const REPORTING_NS = 2_000_000_000;
/** pageblock_order 9: 2 MiB. */
const BLOCK_PAGES = 512;
/** PAGE_REPORTING_CAPACITY blocks above the low watermark are left alone. */
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
  const blocks = Math.floor(machine.memory.freeBackedPages / BLOCK_PAGES);
  machine.memory.report(Math.ceil(blocks / PASSES) * BLOCK_PAGES);
}
