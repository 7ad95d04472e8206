/**
 * Flusher threads (fs/fs-writeback.c): they wake every 5 s while there are dirty pages, and then write what has been dirty
 * for 30 s and what is above the background share. Between two wakes a guest that only dirties its cache is quiet.
 */
import { SECOND_NS } from "../../lib/units.ts";
import { DirtyLimit } from "./dirtylimit.ts";

/** dirty_writeback_centisecs. */
export const FLUSH_NS = 5 * SECOND_NS;
/** dirty_expire_centisecs. */
const DIRTY_AGE_NS = 30 * SECOND_NS;
/** dirty_background_ratio: share of free memory and cache above which dirty pages are written whatever their age. */
const BACKGROUND = 0.1;
/** A few pages are one cluster, and go at once. */
const CLUSTER_PAGES = 32;

export class Flusher {
  /** Pages that are to be written now. */
  wantedPages = 0;
  readonly limit = new DirtyLimit();

  /** A wake: `dirtyPages` of the file pages are dirty, `availablePages` are free or cache. */
  wake(dirtyPages: number, availablePages: number): void {
    const aged = Math.max(dirtyPages * (FLUSH_NS / DIRTY_AGE_NS), CLUSTER_PAGES);
    const above = Math.max(0, dirtyPages - BACKGROUND * availablePages);
    this.wantedPages = Math.min(dirtyPages, Math.max(this.wantedPages, aged, above));
  }

  /** `pages` were written, `dirtyPages` are left. */
  written(pages: number, dirtyPages: number): void {
    this.wantedPages = Math.min(dirtyPages, Math.max(0, this.wantedPages - pages));
  }
}
