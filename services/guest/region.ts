/**
 * One region of a workload: its pages in heat classes, how much of each class is missing from memory, and what is known
 * of the resident pages (clean swap slots or dirtiness, host swapping). Fluid quantities in pages, as doubles.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { RegionConfig } from "../../lib/scenario/scenario.ts";
import { type Heat, heatOf } from "./heat.ts";
import { decayOf, Recency } from "./recency.ts";

export class Region {
  readonly config: RegionConfig;
  readonly anonymous: boolean;
  /** Pages that the region is to have, and those that the program has touched so far: whole. */
  wantedPages = 0;
  touchedPages = 0;
  /** Share of the workload's accesses that go here. */
  share = 0;
  writes: number;
  weight: number;
  readonly recency: Recency;
  #heat: Heat;
  /** By class: pages touched so far, rate of accesses to one page per access of the workload. */
  pages: Float64Array;
  rate: Float64Array;
  /** By class: share of the pages that is not in guest memory. */
  missing: Float64Array;
  /** By class, resident pages that: hold a clean swap slot (anonymous memory), are dirty (files). */
  marked: Float64Array;
  /** By class, resident pages that the host has swapped out. */
  out: Float64Array;
  /** By class: pages that came in and have not been balanced by evictions yet. */
  incoming: Float64Array;
  /** By class, of the last survive() and the last expect(). */
  readonly next: Float64Array;
  readonly #decay: Float64Array;

  /** Sums over the classes. */
  missingPages = 0;
  markedPages = 0;
  outPages = 0;
  /** Misses, and touches of host-swapped pages, per access of the workload. */
  missRate = 0;
  returnRate = 0;

  /** Results of expect(). */
  expectedMisses = 0;
  expectedReturns = 0;
  missSlope = 0;
  returnSlope = 0;
  /** Accesses to the region since the host's last sampling, and pages that growth touched since then. */
  sampledAccesses = 0;
  sampledGrowth = 0;

  constructor(config: RegionConfig) {
    this.config = config;
    this.anonymous = config.kind === "anonymous";
    this.writes = config.writes;
    this.weight = config.weight;
    this.#heat = heatOf(config.law, Math.max(1, config.pages));
    const classes = config.law.kind === "zipf" ? 32 : 2;
    const column = (): Float64Array => new Float64Array(classes);
    this.pages = column();
    this.rate = column();
    this.missing = column();
    this.marked = column();
    this.out = column();
    this.incoming = column();
    this.next = column();
    this.#decay = column();
    this.recency = new Recency(classes);
    this.wantedPages = config.pages;
    this.#refresh();
  }

  get residentPages(): number {
    return this.touchedPages - this.missingPages;
  }

  get growing(): boolean {
    return this.touchedPages < this.wantedPages;
  }

  get scan(): boolean {
    return this.#heat.scan;
  }

  /** Changes the share of accesses; the region's recency so far is kept. */
  setShare(share: number): void {
    if (share === this.share) return;
    this.#mark();
    this.share = share;
    this.#refresh();
  }

  /** Changes the size. Returns the resident pages that a smaller size frees. */
  resize(pages: number): number {
    this.#mark();
    this.wantedPages = pages;
    const before = this.residentPages;
    const kept = this.touchedPages > pages ? pages / this.touchedPages : 1;
    this.#heat = heatOf(this.config.law, Math.max(1, pages));
    this.touchedPages = Math.min(this.touchedPages, pages);
    const missing = this.missingPages * kept;
    for (let i = 0; i < this.pages.length; i++) {
      (this.marked[i] as number) *= kept;
      (this.out[i] as number) *= kept;
    }
    this.#refresh();
    this.#fitMissing(missing);
    this.tally();
    return before - this.residentPages;
  }

  /** Deals the popularity of this share of the pages anew. */
  shift(share: number): void {
    if (this.touchedPages === 0) return;
    this.#mark();
    this.recency.shift(share);
    for (const [column, whole] of [
      [this.marked, this.markedPages],
      [this.out, this.outPages],
    ] as const)
      for (let i = 0; i < column.length; i++)
        column[i] = (column[i] as number) * (1 - share) + (share * whole * (this.pages[i] as number)) / this.touchedPages;
    const missing = this.missingPages / this.touchedPages;
    for (let i = 0; i < this.missing.length; i++) this.missing[i] = (this.missing[i] as number) * (1 - share) + share * missing;
    this.tally();
  }

  /** The program touches `pages` new ones; they are resident. Residency.grow() tells the list's other regions. */
  grow(pages: number): void {
    const before = this.touchedPages;
    this.touchedPages += pages;
    this.sampledGrowth += pages;
    const kept = before / this.touchedPages;
    for (let i = 0; i < this.missing.length; i++) (this.missing[i] as number) *= kept;
    this.#refresh();
    this.recency.grow(before, pages, this.rate, this.share === 0);
  }

  /** All pages are gone: the program has ended. */
  clear(): void {
    this.touchedPages = 0;
    for (const column of [this.missing, this.marked, this.out, this.incoming]) column.fill(0);
    this.#refresh();
    this.recency.mark(this.rate, false);
    this.tally();
  }

  /**
   * What `accesses` would do: misses, touches of host-swapped pages, and their slopes. `full`: every miss is balanced by an
   * eviction, so misses go on at the present rate.
   */
  expect(accesses: number, full: boolean): void {
    this.expectedMisses = full ? this.missRate * accesses : 0;
    this.expectedReturns = 0;
    this.missSlope = full ? this.missRate : 0;
    this.returnSlope = 0;
    if (this.outPages > 0 || (this.missingPages > 0 && !full)) this.#expectClasses(accesses, full);
  }

  #expectClasses(accesses: number, full: boolean): void {
    for (let i = 0; i < this.pages.length; i++) {
      const absent = (this.pages[i] as number) * (this.missing[i] as number);
      const out = this.out[i] as number;
      if (absent === 0 && out === 0) continue;
      const rate = this.rate[i] as number;
      const decay = decayOf(rate * accesses);
      this.#decay[i] = decay;
      this.expectedReturns += out * (1 - decay);
      this.returnSlope += out * rate * decay;
      if (full) continue;
      if (this.scan) this.#expectScan(rate, accesses);
      else {
        this.expectedMisses += absent * (1 - decay);
        this.missSlope += absent * rate * decay;
      }
    }
  }

  /** A scan meets the pages that it missed longest first: it comes to the absent ones at its full rate. */
  #expectScan(rate: number, accesses: number): void {
    const pages = this.pages[0] as number;
    const absent = pages * (this.missing[0] as number);
    this.expectedMisses = Math.min(absent, pages * rate * accesses);
    this.missSlope = this.expectedMisses < absent ? pages * rate : 0;
  }

  /**
   * Carries out `accesses` for which expect() was just asked. `full`: memory is full, so each miss is balanced by an
   * eviction and the missing shares stay; else misses fill the region up.
   */
  advance(accesses: number, full: boolean, keepSlots: boolean): void {
    this.sampledAccesses += accesses * this.share;
    this.recency.advance(accesses, 0, this.growing);
    const idle = this.missingPages === 0 && this.outPages === 0;
    if (idle && (this.anonymous ? this.markedPages === 0 : this.writes === 0)) return;
    for (let i = 0; i < this.pages.length; i++) {
      const pages = this.pages[i] as number;
      const rate = this.rate[i] as number;
      const missing = this.missing[i] as number;
      const out = this.out[i] as number;
      const decay = out > 0 || (missing > 0 && !full) ? (this.#decay[i] as number) : 1;
      const filled = this.scan ? this.expectedMisses : pages * missing * (1 - decay);
      const misses = full ? this.#missesOf(i) * accesses : filled;
      if (out > 0) this.out[i] = out * decay;
      this.#note(i, pages * (1 - missing), misses, decayOf(rate * this.writes * accesses), keepSlots);
      if (full) (this.incoming[i] as number) += misses;
      else if (missing > 0) this.missing[i] = this.scan ? Math.max(0, missing - filled / pages) : missing * decay;
    }
    this.tally();
  }

  #missesOf(i: number): number {
    const missing = this.missing[i] as number;
    const flow = (this.pages[i] as number) * (this.rate[i] as number);
    return this.scan ? (missing > 0 ? flow : 0) : flow * missing;
  }

  /** Writes wear off clean slots and make file pages dirty; `unwritten`: chance that a page was not written. */
  #note(i: number, resident: number, misses: number, unwritten: number, keepSlots: boolean): void {
    const marked = this.marked[i] as number;
    if (this.anonymous) this.marked[i] = marked * unwritten + (keepSlots ? misses * (1 - this.writes) : 0);
    else this.marked[i] = marked + Math.max(0, resident - marked) * (1 - unwritten) + misses * this.writes;
  }

  /** Resident pages if the list is cut at `cut`, its shares left in `next`; and the derivative, in `missSlope`. */
  survive(cut: number): number {
    if (this.touchedPages === 0) {
      this.missSlope = 0;
      return 0;
    }
    const { recency, pages, rate, next } = this;
    this.missSlope = this.scan ? recency.unscanned(cut, pages, rate, next) : recency.untouched(cut, pages, rate, next);
    let absent = 0;
    for (let i = 0; i < pages.length; i++) absent += (pages[i] as number) * (next[i] as number);
    return this.touchedPages - absent;
  }

  /** Recomputes the sums over the classes. */
  tally(): void {
    let missingPages = 0;
    let markedPages = 0;
    let outPages = 0;
    let missRate = 0;
    let returnRate = 0;
    for (let i = 0; i < this.pages.length; i++) {
      missingPages += (this.pages[i] as number) * (this.missing[i] as number);
      markedPages += this.marked[i] as number;
      outPages += this.out[i] as number;
      returnRate += (this.out[i] as number) * (this.rate[i] as number);
      missRate += this.#missesOf(i);
    }
    this.missingPages = missingPages;
    this.markedPages = markedPages;
    this.outPages = outPages;
    this.missRate = missRate;
    this.returnRate = returnRate;
  }

  #mark(): void {
    if (this.touchedPages > 0) this.recency.mark(this.rate, this.share === 0);
  }

  /** Pages and rates by class for the present size, share and touched part. */
  #refresh(): void {
    const { pages, rate } = this.#heat;
    let size = 0;
    for (let i = 0; i < pages.length; i++) size += pages[i] as number;
    const part = this.touchedPages / size;
    for (let i = 0; i < this.pages.length; i++) {
      this.pages[i] = i < pages.length ? (pages[i] as number) * part : 0;
      this.rate[i] = i < pages.length && part > 0 ? ((rate[i] as number) * this.share) / part : 0;
    }
    this.tally();
  }

  /** Scales the missing shares so that `pages` are missing. */
  #fitMissing(pages: number): void {
    for (let round = 0; round < 4 && Math.abs(this.missingPages - pages) > 1e-6; round++) {
      const present = this.touchedPages - this.missingPages;
      const wantPresent = this.touchedPages - pages;
      for (let i = 0; i < this.missing.length; i++) {
        const missing = this.missing[i] as number;
        this.missing[i] =
          pages > this.missingPages && present > 0 ? 1 - ((1 - missing) * wantPresent) / present : (missing * pages) / this.missingPages;
      }
      this.tally();
    }
  }

  digest(hasher: Hasher): void {
    hasher.number(this.touchedPages);
    hasher.number(this.share);
    hasher.number(this.missingPages);
    hasher.number(this.markedPages);
    hasher.number(this.outPages);
    this.recency.digest(hasher);
  }
}
