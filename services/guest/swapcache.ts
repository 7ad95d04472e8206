/**
 * Anonymous pages that are in memory and not mapped: those that reclaim has unmapped and sent to the swap device, and those that
 * swap read-ahead brought in (mm/swap_state.c). They belong to their list as all others do; a touch maps them again for a minor fault.
 *
 * Reclaim goes on to unmap pages while the device has not finished what it was sent before. What was written in vain stays here until
 * reclaim comes by the next time.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Scanned } from "./anonymousscan.ts";
import { decayOf, meanDecayOf } from "./decay.ts";
import { Fifo } from "./fifo.ts";
import type { Lists } from "./lists.ts";
import type { Residency } from "./residency.ts";
import type { WriteBudget } from "./writebudget.ts";

/** A queue of 256 requests (virtio-blk), each a cluster of 32 pages. */
const QUEUE_PAGES = 8_192;

/**
 * Pages that are being written while reclaim goes on and the device keeps up: the medians of /proc/meminfo's Writeback in five measured
 * guests whose threads kept the CPU busy were 33 and 43 on a device without a limit, 62 to 78 with one. Their flag, PG_reclaim, is that
 * of read-ahead too (include/linux/page-flags.h): a touch of one counts as a hit.
 */
const WRITTEN_PAGES = 64;

type AnonymousLists = Pick<Lists, "anonymousActivation" | "activeAnonymousPages" | "inactiveAnonymousPages">;

export class SwapCache {
  readonly #list: Residency;
  readonly #writes: WriteBudget;
  /** Sent to the device and not yet written; written and not yet freed. */
  queuedPages = 0;
  writtenPages = 0;
  /**
   * Brought in by read-ahead and not touched yet: once through the inactive list, and through the active one before if their return is
   * near enough to be activated, as that of a page that is asked for (mm/swap_state.c, __read_swap_cache_async()).
   */
  readonly #active = new Fifo();
  readonly #inactive = new Fifo();
  /** Of the pages that reclaim freed last, those that read-ahead had brought and nobody had mapped. */
  unmappedShare = 0;
  /** Reclaim has sent pages since the last touch(). */
  #writing = false;

  constructor(list: Residency, writes: WriteBudget) {
    this.#list = list;
    this.#writes = writes;
  }

  get aheadPages(): number {
    return this.#active.pages + this.#inactive.pages;
  }

  /** Of which a touch counts as a hit of read-ahead: what it brought, and what is being written. */
  get flaggedPages(): number {
    return this.aheadPages + this.queuedPages + (this.#writing ? WRITTEN_PAGES : 0);
  }

  /** Not mapped. */
  get pages(): number {
    return Math.min(this.#list.residentPages, this.#unmappedPages);
  }

  get #unmappedPages(): number {
    return this.queuedPages + this.writtenPages + this.aheadPages;
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
   * `accesses` of the workload, in which read-ahead brings `aheadPages` evenly, map what they touch: it is as cold as what is missing.
   * Returns how many pages.
   */
  touch(accesses: number, aheadPages: number, lists: AnonymousLists): number {
    this.#writing = false;
    const before = this.#unmappedPages;
    if (before + aheadPages === 0) return 0;
    const { missRate, missingPages } = this.#list;
    const draws = missingPages > 0 ? (missRate / missingPages) * accesses : Number.POSITIVE_INFINITY;
    const touched = 1 - decayOf(draws);
    // What came evenly over the draws met the mean of 1 - e^-x for x up to them.
    const touchedAhead = aheadPages * (1 - meanDecayOf(draws));
    this.keep(1 - touched);
    this.#bring(aheadPages - touchedAhead, lists);
    return before * touched + touchedAhead;
  }

  /** To the heads of the lists. */
  #bring(pages: number, { anonymousActivation, activeAnonymousPages, inactiveAnonymousPages }: AnonymousLists): void {
    if (pages === 0) return;
    this.#active.add(pages * anonymousActivation, activeAnonymousPages);
    this.#inactive.add(pages * (1 - anonymousActivation), inactiveAnonymousPages);
  }

  /** So many pages of all are to be evicted, for which reclaim went over the tails of the lists. */
  evict(pages: number, { inactive, active }: Pick<Scanned, "inactive" | "active">, { inactiveAnonymousPages }: AnonymousLists): void {
    if (pages <= 0) return;
    const freed = this.#inactive.scan(inactive);
    this.#inactive.add(this.#active.scan(active), Math.max(0, inactiveAnonymousPages - pages));
    this.unmappedShare = Math.min(1, freed / pages);
  }

  /** The program has freed memory, of this list the share `kept` is left. */
  keep(kept: number): void {
    this.queuedPages *= kept;
    this.writtenPages *= kept;
    this.#active.keep(kept);
    this.#inactive.keep(kept);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.queuedPages);
    hasher.number(this.writtenPages);
    this.#active.digest(hasher);
    this.#inactive.digest(hasher);
    hasher.number(this.unmappedShare);
    hasher.word(this.#writing ? 1 : 0);
  }
}
