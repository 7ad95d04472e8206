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
 * Reclaim sends a cluster at a time, and so many pages are being written while it goes on. Their flag for that, PG_reclaim, is the one
 * of read-ahead too (include/linux/page-flags.h): a touch of one counts as a hit.
 */
const WRITTEN_PAGES = 32;

/**
 * Of the age of the cut, what read-ahead brings stays for so much where nobody touches it: once through the inactive list, which holds
 * half of the pages (mm/vmscan.c, inactive_is_low()), and through the active one too if its return is near enough to be activated, as
 * that of a page that is asked for (mm/swap_state.c, __read_swap_cache_async()). A page that was used is as old as the cut when it has
 * been half the time of the active list and all of the inactive one without use.
 */
const INACTIVE_SHARE = 2 / 3;
const BOTH_SHARE = 4 / 3;

export class SwapCache {
  readonly #list: Residency;
  readonly #writes: WriteBudget;
  /** Sent to the device and not yet written; written and not yet freed. */
  queuedPages = 0;
  writtenPages = 0;
  /** Brought in by read-ahead and not touched yet. */
  aheadPages = 0;
  /** Of the pages that reclaim freed last, those that read-ahead had brought and nobody had mapped. */
  unmappedShare = 0;
  /** Of the last touch(). */
  hits = 0;
  /** Reclaim has sent pages since the last touch(). */
  #writing = false;

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

  /** Of `pages` that must be written before they are freed, so many are; the others are written now. */
  free(pages: number): number {
    const freed = Math.min(pages, this.writtenPages);
    this.writtenPages -= freed;
    if (pages > freed) this.#writing = true;
    return freed;
  }

  /**
   * `accesses` of the workload map what they touch: they are as cold as what is missing. Returns how many pages, and leaves in `hits`
   * those that read-ahead had brought.
   */
  touch(accesses: number): number {
    const written = this.#writing ? WRITTEN_PAGES : 0;
    this.#writing = false;
    this.hits = 0;
    const before = this.queuedPages + this.writtenPages + this.aheadPages;
    if (before + written === 0) return 0;
    const { missRate, missingPages } = this.#list;
    if (missingPages <= 0) {
      this.keep(0);
      return before;
    }
    const rate = missRate / missingPages;
    const kept = Math.exp(-rate * accesses);
    this.hits = (this.aheadPages + written) * (1 - kept);
    this.keep(kept);
    return before * (1 - kept);
  }

  /** The list has evicted so many pages. Of what read-ahead brings, `activation` of it active, the share e^(-rate turn) goes untouched. */
  evict(pages: number, activation: number): void {
    if (pages <= 0) return;
    this.unmappedShare = 0;
    const { missRate, missingPages, oldestAge } = this.#list;
    if (this.aheadPages === 0 || missingPages <= 0 || oldestAge === Number.POSITIVE_INFINITY) return;
    const rate = missRate / missingPages;
    const [inactive, both] = [Math.exp(-rate * oldestAge * INACTIVE_SHARE), Math.exp(-rate * oldestAge * BOTH_SHARE)];
    const untouched = inactive + activation * (both - inactive);
    const before = this.aheadPages;
    this.aheadPages *= Math.exp((-pages / missingPages) * (untouched / (1 - untouched)));
    this.unmappedShare = Math.min(1, (before - this.aheadPages) / pages);
  }

  /** The program has freed memory, of this list the share `kept` is left. */
  keep(kept: number): void {
    this.queuedPages *= kept;
    this.writtenPages *= kept;
    this.aheadPages *= kept;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.queuedPages);
    hasher.number(this.writtenPages);
    hasher.number(this.aheadPages);
    hasher.number(this.unmappedShare);
    hasher.word(this.#writing ? 1 : 0);
  }
}
