/**
 * The page account of one guest, in integer pages: what each guest-physical page is, and which machine pages stand
 * behind it.
 *
 *     size = kernel + balloon + free + anonymous + cacheClean + cacheDirty
 *     held = backed pages of all kinds + credit = granted - released - evicted (as far as the guest has seen)
 *
 * Every figure is a counter of its own, moved by the operations below, so both identities can fail and audit.ts has something to
 * check. A page in use is backed or swapped out by the host; a free one may also be untouched. Balloon pages and untouched pages
 * have no machine page.
 */
import { Carry } from "./counters.ts";
import { Draws } from "./draws.ts";
import { OutPages } from "./outpages.ts";
import { PerCpuLists } from "./percpu.ts";
import { SharedPages } from "./sharedpages.ts";

/** Kinds of pages in use. */
export const KERNEL = 0;
export const ANONYMOUS = 1;
export const CACHE = 2;
export type Kind = typeof KERNEL | typeof ANONYMOUS | typeof CACHE;
/** Those in no use. */
export const FREE = 3;

export class Memory {
  readonly sizePages: number;
  readonly #used = [0, 0, 0];
  /** Of the used and the free: the host has taken their contents. */
  readonly gone = new OutPages();
  /** Of the used and the free: on frames that the host shares. */
  readonly shared = new SharedPages();
  balloonPages = 0;
  /** Of the cache pages: newer than their file. A label, so that it needs no moving of pages. */
  dirtyPages = 0;
  readonly perCpu: PerCpuLists;
  freeBackedPages = 0;
  untouchedPages: number;

  /** Machine pages granted and not yet behind any guest page. */
  creditPages = 0;
  grantedTotalPages = 0;
  releasedTotalPages = 0;
  evictedSeenTotalPages = 0;
  /** Host reads of stale contents, only to overwrite them (VSwapper, ASPLOS 2014, 2.2). */
  staleReadPages = 0;
  /** Touches of pages in the host's compressed pool. */
  decompressedPages = 0;
  readonly #draws = new Draws();
  readonly #left = new Carry();

  constructor(sizePages: number, perCpuMost = 0) {
    this.sizePages = sizePages;
    this.perCpu = new PerCpuLists(perCpuMost);
    this.untouchedPages = sizePages;
  }

  used(kind: Kind): number {
    return this.#used[kind] as number;
  }

  /** The host has taken their contents: what was last in them, of free ones. */
  out(place: Kind | typeof FREE): number {
    return this.gone.at(place);
  }

  backed(kind: Kind): number {
    return (this.#used[kind] as number) - this.gone.at(kind) - this.shared.at(kind);
  }

  get freePages(): number {
    return this.#freedPages() + this.untouchedPages;
  }

  /** Free pages that were in use before. */
  #freedPages(): number {
    return this.freeBackedPages + this.out(FREE) + this.shared.at(FREE);
  }

  /** Whose contents are in the host's swap. */
  get hostSwappedPages(): number {
    return this.gone.pages - this.gone.compressedPages;
  }

  get heldPages(): number {
    return this.backed(KERNEL) + this.backed(ANONYMOUS) + this.backed(CACHE) + this.freeBackedPages + this.creditPages;
  }

  /** Free pages that can be used now: the others wait for a machine page. */
  get allocatablePages(): number {
    return this.freeBackedPages + Math.min(this.creditPages, this.freePages - this.freeBackedPages);
  }

  /** Chance that the page allocated next is one that the host has swapped out: it is read first, only to be overwritten. */
  get staleShare(): number {
    return this.#freedPages() > 0 ? this.out(FREE) / this.#freedPages() : 0;
  }

  /** And that it is in the compressed pool. */
  get staleUnzipShare(): number {
    return this.#freedPages() > 0 ? this.gone.compressed(FREE) / this.#freedPages() : 0;
  }

  /** Chance that it takes a page of the credit: it is out, or on a shared frame. */
  get unbackedShare(): number {
    return this.#freedPages() > 0 ? 1 - this.freeBackedPages / this.#freedPages() : 0;
  }

  /**
   * Allocates up to `pages` free pages to `kind`; returns how many. Freed pages go before untouched ones, as the buddy
   * allocator hands out what was freed last; whether the host has swapped them out the guest can not see.
   */
  take(kind: Kind, pages: number): number {
    const taken = Math.min(pages, this.allocatablePages);
    const freed = Math.min(taken, this.#freedPages());
    const fresh = taken - freed;
    const { backed, stale, broken } = this.#draws.draw(freed, this.freeBackedPages, this.out(FREE), this.shared.at(FREE), this.creditPages);
    this.freeBackedPages -= backed;
    this.staleReadPages += this.#touch(FREE, stale);
    this.untouchedPages -= fresh;
    this.shared.remove(FREE, broken);
    this.creditPages -= stale + broken + fresh;
    (this.#used[kind] as number) += taken;
    this.perCpu.taken(taken);
    return taken;
  }

  /** Frees pages of a kind, `outPages` of them swapped out by the host; shared ones go in proportion. */
  give(kind: Kind, pages: number, outPages: number): void {
    const ours = this.used(kind);
    const even = ours > 0 ? this.#left.take((pages * this.shared.at(kind)) / ours) : 0;
    const swapped = Math.min(Math.max(outPages, pages - even - this.backed(kind)), this.out(kind), pages);
    const shared = Math.min(this.shared.at(kind), Math.max(Math.min(even, pages - swapped), pages - swapped - this.backed(kind)));
    const out = Math.max(swapped, pages - shared - this.backed(kind));
    this.shared.move(kind, FREE, shared);
    (this.#used[kind] as number) -= pages;
    this.gone.move(kind, FREE, out);
    this.freeBackedPages += pages - out - shared;
    this.perCpu.freed(pages);
    if (kind === CACHE) this.dirtyPages = Math.min(this.dirtyPages, this.used(CACHE));
  }

  /**
   * Brings up to `pages` back that the host has taken, each into a machine page of the credit, `compressed` of them from its pool
   * (absent: an even share). Returns how many were read from its swap.
   */
  readBack(kind: Kind, pages: number, compressed?: number): number {
    const back = Math.min(pages, this.out(kind), this.creditPages);
    this.creditPages -= back;
    return this.#touch(kind, back, compressed);
  }

  #touch(place: number, pages: number, wanted?: number): number {
    const compressed = this.gone.touch(place, pages, wanted);
    this.decompressedPages += compressed;
    return pages - compressed;
  }

  /** Moves free pages into the balloon; the machine pages behind them go back to the host. Returns how many had none. */
  inflate(pages: number): number {
    const backed = Math.min(pages, this.freeBackedPages);
    const stale = Math.min(pages - backed, this.out(FREE));
    const shared = Math.min(pages - backed - stale, this.shared.at(FREE));
    this.freeBackedPages -= backed;
    this.gone.drop(FREE, stale);
    this.shared.remove(FREE, shared);
    this.untouchedPages -= pages - backed - stale - shared;
    this.balloonPages += pages;
    this.perCpu.taken(pages);
    this.releasedTotalPages += backed;
    return pages - backed;
  }

  /** Pages come back from the balloon untouched. */
  deflate(pages: number): void {
    this.balloonPages -= pages;
    this.untouchedPages += pages;
    this.perCpu.freed(pages);
  }

  /** Free page reporting: free pages give their machine pages back. */
  report(pages: number): void {
    this.freeBackedPages -= pages;
    this.untouchedPages += pages;
    this.releasedTotalPages += pages;
  }

  returnCredit(pages: number): void {
    this.creditPages -= pages;
    this.releasedTotalPages += pages;
  }

  /** Notes what the ledger has granted in all. */
  grantUpTo(totalPages: number): void {
    if (totalPages <= this.grantedTotalPages) return;
    this.creditPages += totalPages - this.grantedTotalPages;
    this.grantedTotalPages = totalPages;
  }
}
