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
import { PerCpuLists } from "./percpu.ts";
import { spread } from "./spread.ts";

/** Kinds of pages in use. */
export const KERNEL = 0;
export const ANONYMOUS = 1;
export const CACHE = 2;
export type Kind = typeof KERNEL | typeof ANONYMOUS | typeof CACHE;

/** Pages that host swapping took from anonymous memory and cache. */
export type Lost = { readonly anonymous: number; readonly cache: number };

export class Memory {
  readonly sizePages: number;
  readonly #used = [0, 0, 0];
  /** Of the used: contents are in the host's swap. */
  readonly #out = [0, 0, 0];
  balloonPages = 0;
  /** Of the cache pages: newer than their file. A label, so that it needs no moving of pages. */
  dirtyPages = 0;
  readonly perCpu: PerCpuLists;
  freeBackedPages = 0;
  /** Free, but the host has swapped out what was last in them. */
  freeOutPages = 0;
  untouchedPages: number;

  /** Machine pages granted and not yet behind any guest page. */
  creditPages = 0;
  grantedTotalPages = 0;
  releasedTotalPages = 0;
  evictedSeenTotalPages = 0;
  /** Host reads of stale contents, only to overwrite them (VSwapper, ASPLOS 2014, 2.2). */
  staleReadPages = 0;

  constructor(sizePages: number, perCpuMost = 0) {
    this.sizePages = sizePages;
    this.perCpu = new PerCpuLists(perCpuMost);
    this.untouchedPages = sizePages;
  }

  used(kind: Kind): number {
    return this.#used[kind] as number;
  }

  out(kind: Kind): number {
    return this.#out[kind] as number;
  }

  backed(kind: Kind): number {
    return (this.#used[kind] as number) - (this.#out[kind] as number);
  }

  get freePages(): number {
    return this.freeBackedPages + this.freeOutPages + this.untouchedPages;
  }

  get hostSwappedPages(): number {
    return this.out(KERNEL) + this.out(ANONYMOUS) + this.out(CACHE) + this.freeOutPages;
  }

  get heldPages(): number {
    return this.backed(KERNEL) + this.backed(ANONYMOUS) + this.backed(CACHE) + this.freeBackedPages + this.creditPages;
  }

  /** Free pages that can be used now: the others wait for a machine page. */
  get allocatablePages(): number {
    return this.freeBackedPages + Math.min(this.creditPages, this.freeOutPages + this.untouchedPages);
  }

  /**
   * Allocates up to `pages` free pages to `kind`; returns how many. Backed pages go first, as the buddy allocator
   * hands out what was freed last.
   */
  take(kind: Kind, pages: number): number {
    const taken = Math.min(pages, this.allocatablePages);
    const backed = Math.min(taken, this.freeBackedPages);
    const stale = Math.min(taken - backed, this.freeOutPages);
    const fresh = taken - backed - stale;
    this.freeBackedPages -= backed;
    this.freeOutPages -= stale;
    this.untouchedPages -= fresh;
    this.creditPages -= stale + fresh;
    this.staleReadPages += stale;
    (this.#used[kind] as number) += taken;
    this.perCpu.taken(taken);
    return taken;
  }

  /** Frees pages of a kind, `outPages` of them swapped out by the host. */
  give(kind: Kind, pages: number, outPages: number): void {
    const out = Math.min(Math.max(outPages, pages - this.backed(kind)), this.out(kind), pages);
    (this.#used[kind] as number) -= pages;
    (this.#out[kind] as number) -= out;
    this.freeBackedPages += pages - out;
    this.freeOutPages += out;
    this.perCpu.freed(pages);
    if (kind === CACHE) this.dirtyPages = Math.min(this.dirtyPages, this.used(CACHE));
  }

  /** Reads up to `pages` swapped-out pages back, each into a machine page of the credit; returns how many. */
  readBack(kind: Kind, pages: number): number {
    const read = Math.min(pages, this.out(kind), this.creditPages);
    (this.#out[kind] as number) -= read;
    this.creditPages -= read;
    return read;
  }

  /** Moves free pages into the balloon; the machine pages behind them go back to the host. */
  inflate(pages: number): void {
    const backed = Math.min(pages, this.freeBackedPages);
    const stale = Math.min(pages - backed, this.freeOutPages);
    this.freeBackedPages -= backed;
    this.freeOutPages -= stale;
    this.untouchedPages -= pages - backed - stale;
    this.balloonPages += pages;
    this.perCpu.taken(pages);
    this.releasedTotalPages += backed;
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

  /**
   * Notes what the host has evicted in all. The host does not know what it takes, so every kind loses in proportion. The
   * total can fall: then some of the pages thought evicted here had been released before (docs/architecture.md).
   * Returns the pages lost of anonymous memory and of cache, negative where they came back.
   */
  evictUpTo(totalPages: number): Lost {
    const pages = Math.min(totalPages - this.evictedSeenTotalPages, this.heldPages);
    this.evictedSeenTotalPages += pages;
    return pages >= 0 ? this.#evict(pages) : this.#restore(-pages);
  }

  #evict(pages: number): Lost {
    const held = [this.backed(KERNEL), this.backed(ANONYMOUS), this.backed(CACHE), this.freeBackedPages, this.creditPages];
    const [kernel, anonymous, cache, free, credit] = spread(pages, held) as [number, number, number, number, number];
    this.#addOut(kernel, anonymous, cache);
    this.freeBackedPages -= free;
    this.freeOutPages += free;
    this.creditPages -= credit;
    return { anonymous, cache };
  }

  #restore(pages: number): Lost {
    const out = [this.out(KERNEL), this.out(ANONYMOUS), this.out(CACHE), this.freeOutPages];
    const known = Math.min(pages, this.hostSwappedPages);
    const [kernel, anonymous, cache, free] = spread(known, out) as [number, number, number, number];
    this.#addOut(-kernel, -anonymous, -cache);
    this.freeOutPages -= free;
    this.freeBackedPages += free;
    // What was read back meanwhile used a page of the credit for nothing.
    this.creditPages += pages - known;
    return { anonymous: -anonymous, cache: -cache };
  }

  #addOut(...kinds: [kernel: number, anonymous: number, cache: number]): void {
    for (const [kind, pages] of kinds.entries()) (this.#out[kind] as number) += pages;
  }

  /** A new lease in a new host epoch: what is held counts as granted. */
  rebase(): void {
    this.grantedTotalPages = this.heldPages;
    this.releasedTotalPages = 0;
    this.evictedSeenTotalPages = 0;
  }
}
