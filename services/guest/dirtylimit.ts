/**
 * How fast writers may make pages of files dirty (mm/page-writeback.c, balance_dirty_pages(), wb_position_ratio()): as fast as the disk
 * writes them where there are halfway between the point up to which nobody waits and the limit, faster below, slower above.
 */
import { MILLISECOND_NS } from "../../lib/units.ts";

/** dirty_ratio and dirty_background_ratio: shares of what may become dirty. Half of their sum is free for all. */
const LIMIT = 0.2;
const FREE = (LIMIT + 0.1) / 2;
/** update_dirty_limit(): the limit comes down by 1/32 of the way each 200 ms where memory has become less. */
const LIMIT_NS = 32 * 200 * MILLISECOND_NS;

export class DirtyLimit {
  #pages = 0;

  /** `lengthNs` pass, in which so many pages are dirty, of so many that may be. */
  pass(lengthNs: number, dirtyPages: number, dirtyablePages: number): void {
    const least = Math.max(LIMIT * dirtyablePages, Math.min(dirtyPages, this.#pages));
    this.#pages = least + Math.max(0, this.#pages - least) * Math.exp(-lengthNs / LIMIT_NS);
  }

  /** Pages that may become dirty for each that is written; Infinity: nobody waits. */
  ratio(dirtyPages: number, dirtyablePages: number): number {
    const free = FREE * dirtyablePages;
    if (dirtyPages <= free) return Number.POSITIVE_INFINITY;
    const half = (this.#pages - free) / 2;
    const below = half > 0 ? (free + half - dirtyPages) / half : -1;
    return Math.max(0, 1 + below * below * below);
  }
}
