/**
 * One region of a workload: what its program does to it (growth, shrinkage, shifts of popularity), what accesses do, and
 * what is left of it when its list is cut.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { RegionConfig } from "../../lib/scenario/scenario.ts";
import { HeatColumns } from "./columns.ts";
import { decayOf, Recency } from "./recency.ts";
import { Unsettled } from "./unsettled.ts";

export class Region extends HeatColumns {
  readonly config: RegionConfig;
  readonly anonymous: boolean;
  /** Pages that the region is to have: whole. */
  wantedPages: number;
  writes: number;
  weight: number;
  readonly recency: Recency;
  /** Of the region's list: Residency.cut. */
  cut = Number.POSITIVE_INFINITY;
  readonly #decay: Float64Array;
  readonly #unsettled: Unsettled;

  /** Results of expect(). */
  expectedMisses = 0;
  expectedReturns = 0;
  missSlope = 0;
  returnSlope = 0;
  /** Accesses to the region since the host's last sampling, and pages that growth touched since then. */
  sampledAccesses = 0;
  sampledGrowth = 0;

  constructor(config: RegionConfig) {
    super(config.law, config.pages);
    this.config = config;
    this.anonymous = config.kind === "anonymous";
    this.writes = config.writes;
    this.weight = config.weight;
    this.wantedPages = config.pages;
    this.#decay = new Float64Array(this.pages.length);
    this.#unsettled = new Unsettled(this.pages.length);
    this.recency = new Recency(this.pages.length);
  }

  get growing(): boolean {
    return this.touchedPages < this.wantedPages;
  }

  /** Changes the share of accesses; the region's recency so far is kept. */
  setShare(share: number): void {
    if (share === this.share) return;
    this.#mark();
    this.share = share;
    this.refresh();
  }

  /** Changes the size. Returns the resident pages that a smaller size frees. */
  resize(pages: number): number {
    this.#mark();
    this.wantedPages = pages;
    const before = this.residentPages;
    const kept = this.touchedPages > pages ? pages / this.touchedPages : 1;
    const missing = this.missingPages * kept;
    this.touchedPages = Math.min(this.touchedPages, pages);
    this.keep(kept);
    this.sizeTo(pages);
    this.fitMissing(missing);
    return before - this.residentPages;
  }

  /** Deals the popularity of this share of the pages anew. */
  shift(share: number): void {
    if (this.touchedPages === 0) return;
    this.#mark();
    this.recency.shift(share);
    this.deal(share);
    this.active.deal(share, this);
  }

  /** The program touches `pages` new ones; they are resident. Residency.grow() tells the list's other regions. */
  grow(pages: number): void {
    const before = this.touchedPages;
    this.touchedPages += pages;
    this.sampledGrowth += pages;
    const kept = before / this.touchedPages;
    for (let i = 0; i < this.missing.length; i++) (this.missing[i] as number) *= kept;
    this.refresh();
    this.recency.grow(before, pages, this.rate, this.share === 0);
  }

  /** All pages are gone: the program has ended. */
  clear(): void {
    this.empty();
    this.recency.mark(this.rate, false);
  }

  /**
   * What `accesses` would do: misses, touches of host-swapped pages, and their slopes. `full`: every miss is balanced by an
   * eviction, so the misses of a settled region go on at the present rate.
   */
  expect(accesses: number, full: boolean): void {
    const steady = full && this.#settled;
    this.expectedMisses = steady ? this.missRate * accesses : 0;
    this.expectedReturns = 0;
    this.missSlope = steady ? this.missRate : 0;
    this.returnSlope = 0;
    if (this.outPages > 0 || (this.missingPages > 0 && !full)) this.#expectClasses(accesses, full);
    if (!full || steady) return;
    this.#unsettled.expect(this, this.cut * this.recency.density(this.growing), accesses);
    this.expectedMisses = this.#unsettled.total;
    this.missSlope = this.#unsettled.slope;
  }

  /** All that is missing went at the present rates: each class misses what the cut leaves out of it, and goes on doing so. */
  get #settled(): boolean {
    return this.missingPages === 0 || this.scan || this.recency.since >= this.cut;
  }

  #expectClasses(accesses: number, full: boolean): void {
    for (let i = 0; i < this.pages.length; i++) {
      const absent = (this.pages[i] as number) * (this.missing[i] as number);
      const out = this.out[i] as number;
      if (absent === 0 && out === 0) continue;
      const rate = this.rate[i] as number;
      const decay = decayOf(rate * accesses);
      this.#decay[i] = decay;
      this.expectedReturns += this.returnsOf(i, accesses, decay);
      this.returnSlope += this.returnRateOf(i) * decay;
      if (full) continue;
      if (this.scan) {
        // It meets the pages that it missed longest first: it comes to the absent ones at its full rate.
        this.expectedMisses = Math.min(absent, (this.pages[i] as number) * rate * accesses);
        this.missSlope = this.expectedMisses < absent ? (this.pages[i] as number) * rate : 0;
      } else {
        this.expectedMisses += absent * (1 - decay);
        this.missSlope += absent * rate * decay;
      }
    }
  }

  /**
   * Carries out `accesses` for which expect() was just asked. `full`: memory is full, so each miss is balanced by an
   * eviction and the missing shares stay; else misses fill the region up.
   */
  advance(accesses: number, full: boolean, keepSlots: boolean): void {
    const steady = this.#settled;
    if (!this.anonymous) this.active.touch(accesses);
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
      const balanced = steady ? this.missRateOf(i) * accesses : (this.#unsettled.misses[i] as number);
      const misses = full ? balanced : filled;
      if (out > 0) this.out[i] = out - this.returnsOf(i, accesses, decay);
      this.#note(i, pages * (1 - missing), misses, decayOf(rate * this.writes * accesses), keepSlots);
      if (!this.anonymous) this.active.refault(i, misses);
      if (full) (this.incoming[i] as number) += misses;
      else if (missing > 0) this.missing[i] = this.scan ? Math.max(0, missing - filled / pages) : missing * decay;
    }
    this.tally();
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

  #mark(): void {
    this.active.settle(this);
    if (this.touchedPages > 0) this.recency.mark(this.rate, this.share === 0);
  }

  override digest(hasher: Hasher): void {
    super.digest(hasher);
    this.recency.digest(hasher);
    this.active.digest(hasher);
  }
}
