/**
 * The page account of one guest, in integer pages: what each guest-physical page is, and which machine pages stand
 * behind it.
 *
 *     size = kernel + balloon + free + anonymous + cacheClean + cacheDirty
 *     held = backed pages of all kinds + credit = granted - released - evicted (as far as the guest has seen)
 *
 * Every figure is a counter of its own, moved by the operations below, so both identities can fail and audit() has
 * something to check. A page in use is backed or swapped out by the host; a free one may also be untouched. Balloon
 * pages and untouched pages have no machine page.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { InvariantViolation } from "../../lib/errors.ts";

/** Kinds of pages in use, as indices. */
export const KERNEL = 0;
export const ANONYMOUS = 1;
export const CACHE = 2;
export type Kind = typeof KERNEL | typeof ANONYMOUS | typeof CACHE;
const KINDS = 3;

export class Memory {
  readonly sizePages: number;
  readonly #used = [0, 0, 0];
  /** Of the used: contents are in the host's swap. */
  readonly #out = [0, 0, 0];
  balloonPages = 0;
  /** Of the cache pages: newer than their file. A label, so that it needs no moving of pages. */
  dirtyPages = 0;
  freeBackedPages = 0;
  /** Free, but the host has swapped out what was last in them. */
  freeOutPages = 0;
  untouchedPages: number;

  /** Machine pages granted and not yet behind any guest page. */
  creditPages = 0;
  grantedTotalPages = 0;
  releasedTotalPages = 0;
  evictedSeenTotalPages = 0;
  /** Host reads of stale contents, only to overwrite them (VSwapper, ASPLOS 2014, section 2.2). */
  staleReadPages = 0;

  constructor(sizePages: number) {
    this.sizePages = sizePages;
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
    return taken;
  }

  /** Frees pages of a kind, `outPages` of them swapped out by the host. */
  give(kind: Kind, pages: number, outPages: number): void {
    const out = Math.min(Math.max(outPages, pages - this.backed(kind)), this.out(kind), pages);
    (this.#used[kind] as number) -= pages;
    (this.#out[kind] as number) -= out;
    this.freeBackedPages += pages - out;
    this.freeOutPages += out;
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
    this.releasedTotalPages += backed;
  }

  /** Pages come back from the balloon untouched. */
  deflate(pages: number): void {
    this.balloonPages -= pages;
    this.untouchedPages += pages;
  }

  /** Free page reporting: free pages give their machine pages back, and count as untouched again. */
  report(pages: number): void {
    this.freeBackedPages -= pages;
    this.untouchedPages += pages;
    this.releasedTotalPages += pages;
  }

  /** Gives unused credit back. */
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
  evictUpTo(totalPages: number): { readonly anonymous: number; readonly cache: number } {
    const pages = Math.min(totalPages - this.evictedSeenTotalPages, this.heldPages);
    this.evictedSeenTotalPages += pages;
    return pages >= 0 ? this.#evict(pages) : this.#restore(-pages);
  }

  #evict(pages: number): { anonymous: number; cache: number } {
    let left = pages;
    let among = this.heldPages;
    const lost = [0, 0, 0];
    for (let kind = 0; kind < KINDS; kind++) {
      const backed = this.backed(kind as Kind);
      const share = portion(left, backed, among);
      lost[kind] = share;
      left -= share;
      among -= backed;
    }
    const free = portion(left, this.freeBackedPages, among);
    this.freeBackedPages -= free;
    this.freeOutPages += free;
    this.creditPages -= left - free;
    for (let kind = 0; kind < KINDS; kind++) (this.#out[kind] as number) += lost[kind] as number;
    return { anonymous: lost[ANONYMOUS] as number, cache: lost[CACHE] as number };
  }

  #restore(pages: number): { anonymous: number; cache: number } {
    let left = pages;
    let among = this.hostSwappedPages;
    const back = [0, 0, 0];
    for (let kind = 0; kind < KINDS; kind++) {
      const out = this.out(kind as Kind);
      const share = portion(left, out, among);
      back[kind] = share;
      left -= share;
      among -= out;
    }
    for (let kind = 0; kind < KINDS; kind++) (this.#out[kind] as number) -= back[kind] as number;
    const free = Math.min(left, this.freeOutPages);
    this.freeOutPages -= free;
    this.freeBackedPages += free;
    // What was read back meanwhile used a page of the credit for nothing.
    this.creditPages += left - free;
    return { anonymous: -(back[ANONYMOUS] as number), cache: -(back[CACHE] as number) };
  }

  /** A new lease in a new host epoch: what is held counts as granted. */
  rebase(): void {
    this.grantedTotalPages = this.heldPages;
    this.releasedTotalPages = 0;
    this.evictedSeenTotalPages = 0;
  }

  /** Throws InvariantViolation unless both identities hold and nothing is negative. */
  audit(): void {
    const [kernel, anonymous, cache] = this.#used as [number, number, number];
    const { balloonPages, freePages, sizePages, dirtyPages } = this;
    const sum = kernel + balloonPages + freePages + anonymous + cache;
    const least = Math.min(
      kernel,
      anonymous,
      cache,
      balloonPages,
      dirtyPages,
      this.freeBackedPages,
      this.freeOutPages,
      this.untouchedPages,
    );
    const backedLeast = Math.min(
      this.backed(KERNEL),
      this.backed(ANONYMOUS),
      this.backed(CACHE),
      ...this.#out,
      this.creditPages,
      cache - dirtyPages,
    );
    if (sum !== sizePages || !(least >= 0) || !(backedLeast >= 0)) {
      const parts = `kernel ${kernel}, balloon ${balloonPages}, free ${freePages}, anonymous ${anonymous}, cache ${cache} (${dirtyPages} dirty)`;
      throw new InvariantViolation(
        "guest-pages",
        `${parts} make ${sum} of ${sizePages} pages; out ${this.#out.join(", ")}; credit ${this.creditPages}`,
      );
    }
    const owned = this.grantedTotalPages - this.releasedTotalPages - this.evictedSeenTotalPages;
    if (this.heldPages !== owned) {
      const totals = `granted ${this.grantedTotalPages}, released ${this.releasedTotalPages}, evicted ${this.evictedSeenTotalPages}`;
      throw new InvariantViolation("guest-held", `${this.heldPages} machine pages are held, the lease's totals (${totals}) make ${owned}`);
    }
  }

  digest(hasher: Hasher): void {
    for (let kind = 0; kind < KINDS; kind++) {
      hasher.number(this.used(kind as Kind));
      hasher.number(this.out(kind as Kind));
    }
    hasher.number(this.balloonPages);
    hasher.number(this.dirtyPages);
    hasher.number(this.freeBackedPages);
    hasher.number(this.freeOutPages);
    hasher.number(this.untouchedPages);
    hasher.number(this.creditPages);
    hasher.number(this.grantedTotalPages);
    hasher.number(this.releasedTotalPages);
    hasher.number(this.evictedSeenTotalPages);
  }
}

/** This part's whole share of `pages` among `among`, rounded; never more than the part. */
function portion(pages: number, part: number, among: number): number {
  if (among <= 0 || part <= 0) return 0;
  const rest = among - part;
  const share = Math.round((pages / among) * part);
  // What is left over must fit into the remaining parts.
  return Math.min(part, pages, Math.max(share, pages - rest));
}
