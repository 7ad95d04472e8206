/**
 * Anonymous pages that are in memory and not mapped: those that reclaim has unmapped and sent to the swap device, and those that
 * swap read-ahead brought in (mm/swap_state.c). They belong to their list as all others do; a touch maps them again for a minor fault.
 *
 * Reclaim goes on to unmap pages while the device has not finished what it was sent before. What was written in vain stays here until
 * reclaim comes by the next time.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Residency } from "./residency.ts";
import type { WriteBudget } from "./writebudget.ts";

/** A queue of 256 requests (virtio-blk), each a cluster of 32 pages. */
const QUEUE_PAGES = 8_192;

/**
 * What read-ahead brings passes the inactive list once, which holds half of the pages (mm/vmscan.c, inactive_is_low()). A page that
 * was used has come through the active list too when it is as old as the cut.
 */
const TURN_SHARE = 2 / 3;

export class SwapCache {
  readonly #list: Residency;
  readonly #writes: WriteBudget;
  /** Sent to the device and not yet written; written and not yet freed. */
  queuedPages = 0;
  writtenPages = 0;
  /** Brought in by read-ahead and not touched yet. */
  aheadPages = 0;
  /** Of the last touch(). */
  hits = 0;

  constructor(list: Residency, writes: WriteBudget) {
    this.#list = list;
    this.#writes = writes;
  }

  /** Not mapped. */
  get pages(): number {
    return Math.min(this.#list.residentPages, this.queuedPages + this.writtenPages + this.aheadPages);
  }

  /** Sends up to `pages` to the device; returns how many its queue takes. */
  queue(pages: number): number {
    const room = Math.min(QUEUE_PAGES - this.queuedPages, this.#list.residentPages - this.pages);
    const sent = Math.max(0, Math.min(pages, room));
    this.queuedPages += sent;
    return sent;
  }

  /** The device has written what this step's budget allows. */
  complete(): void {
    const done = Math.min(this.queuedPages, this.#writes.writablePages);
    if (done <= 0) return;
    this.queuedPages -= done;
    this.writtenPages += done;
    this.#writes.spend(done);
  }

  /** Of `pages` that must be written before they are freed, so many are. */
  free(pages: number): number {
    const freed = Math.min(pages, this.writtenPages);
    this.writtenPages -= freed;
    return freed;
  }

  /**
   * `accesses` of the workload map what they touch: they are as cold as what is missing. Returns how many pages, and leaves in `hits`
   * those that read-ahead had brought.
   */
  touch(accesses: number): number {
    this.hits = 0;
    const before = this.queuedPages + this.writtenPages + this.aheadPages;
    if (before === 0) return 0;
    const { missRate, missingPages } = this.#list;
    if (missingPages <= 0) {
      this.clear();
      return before;
    }
    const rate = missRate / missingPages;
    const kept = Math.exp(-rate * accesses);
    this.hits = this.aheadPages * (1 - kept);
    this.queuedPages *= kept;
    this.writtenPages *= kept;
    this.aheadPages *= kept;
    return before * (1 - kept);
  }

  /** The list has evicted so many pages. Of what read-ahead brings the share e^(-rate turn) goes untouched through the inactive list. */
  evict(pages: number): void {
    const { missRate, missingPages, oldestAge } = this.#list;
    if (pages <= 0 || this.aheadPages === 0 || missingPages <= 0 || oldestAge === Number.POSITIVE_INFINITY) return;
    const rate = missRate / missingPages;
    this.aheadPages *= Math.exp(-pages / (missingPages * (Math.exp(rate * oldestAge * TURN_SHARE) - 1)));
  }

  clear(): void {
    this.queuedPages = 0;
    this.writtenPages = 0;
    this.aheadPages = 0;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.queuedPages);
    hasher.number(this.writtenPages);
    hasher.number(this.aheadPages);
  }
}
