/**
 * One region of a workload: what its program does to it (growth, shrinkage, shifts of popularity), what accesses do, and
 * what is left of it when its list is cut.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Lives, RegionConfig } from "../../lib/scenario/scenario.ts";
import { HeatColumns } from "./columns.ts";
import { decayOf } from "./decay.ts";
import type { Ageing } from "./replacement/ageing.ts";
import { LivesAgeing } from "./replacement/lives.ts";
import { LoopAgeing } from "./replacement/loop.ts";
import { LruAgeing } from "./replacement/lru.ts";

export class Region extends HeatColumns {
  readonly config: RegionConfig;
  readonly anonymous: boolean;
  /** Pages that the region is to have: whole. */
  wantedPages: number;
  writes: number;
  weight: number;
  readonly ageing: Ageing;
  readonly #decay: Float64Array;

  /** Results of expect(). */
  expectedMisses = 0;
  expectedReturns = 0;
  /** Of the returns: from the host's compressed pool. */
  expectedUnzips = 0;
  missSlope = 0;
  returnSlope = 0;

  constructor(config: RegionConfig, lives: Lives = "lru") {
    super(config.law, config.pages);
    this.config = config;
    this.anonymous = config.kind === "anonymous";
    this.writes = config.writes;
    this.weight = config.weight;
    this.wantedPages = config.pages;
    this.#decay = new Float64Array(this.pages.length);
    if (lives === "lru") this.ageing = new LruAgeing(this);
    else this.ageing = this.scan ? new LoopAgeing(this, lives) : new LivesAgeing(this, lives);
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
    this.ageing.shrink(kept);
    this.sizeTo(pages);
    this.fitMissing(missing);
    return before - this.residentPages;
  }

  /** Deals the popularity of this share of the pages anew. */
  shift(share: number): void {
    if (this.touchedPages === 0) return;
    this.#mark();
    this.ageing.shift(share);
    this.deal(share);
    this.active.deal(share, this);
  }

  /** The program touches `pages` new ones; they are resident. Residency.grow() tells the list's other regions. */
  grow(pages: number): void {
    const before = this.touchedPages;
    this.touchedPages += pages;
    const kept = before / this.touchedPages;
    for (let i = 0; i < this.missing.length; i++) (this.missing[i] as number) *= kept;
    this.refresh();
    this.ageing.grow(before, pages);
  }

  /** All pages are gone: the program has ended. */
  clear(): void {
    this.empty();
    this.ageing.clear();
  }

  /**
   * What `accesses` would do: misses, touches of host-swapped pages, and their slopes. `full`: every miss is balanced by an
   * eviction, so the misses of a settled region go on at the present rate.
   */
  expect(accesses: number, full: boolean): void {
    this.expectedMisses = 0;
    this.expectedReturns = 0;
    this.expectedUnzips = 0;
    this.missSlope = 0;
    this.returnSlope = 0;
    const filling = this.missingPages > 0 && !full;
    if (this.outPages > 0 || (filling && !this.scan)) this.#expectClasses(accesses, filling && !this.scan);
    if (full) this.ageing.expect(accesses);
    else if (filling && this.scan) this.ageing.fill(accesses);
    else return;
    this.expectedMisses = this.ageing.misses;
    this.missSlope = this.ageing.slope;
  }

  #expectClasses(accesses: number, filling: boolean): void {
    for (let i = 0; i < this.pages.length; i++) {
      const absent = (this.pages[i] as number) * (this.missing[i] as number);
      const out = this.out[i] as number;
      if (absent === 0 && out === 0) continue;
      const rate = this.rate[i] as number;
      const decay = decayOf(rate * accesses);
      this.#decay[i] = decay;
      const returns = this.returnsOf(i, accesses, decay);
      this.expectedReturns += returns;
      if (this.pooled !== undefined) this.expectedUnzips += this.unzipsOf(i, returns);
      this.returnSlope += this.returnRateOf(i) * decay;
      if (!filling) continue;
      this.expectedMisses += absent * (1 - decay);
      this.missSlope += absent * rate * decay;
    }
  }

  /**
   * Carries out `accesses` for which expect() was just asked. `full`: memory is full, so each miss is balanced by an
   * eviction and the missing shares stay; else misses fill the region up.
   */
  advance(accesses: number, full: boolean, keepSlots: boolean): void {
    if (!this.anonymous) this.active.touch(accesses);
    this.ageing.pass(accesses, 0, full);
    const idle = this.missingPages === 0 && this.outPages === 0;
    if (idle && (this.anonymous ? this.markedPages === 0 : this.writes === 0)) return;
    for (let i = 0; i < this.pages.length; i++) {
      const pages = this.pages[i] as number;
      const rate = this.rate[i] as number;
      const missing = this.missing[i] as number;
      const out = this.out[i] as number;
      const decay = out > 0 || (missing > 0 && !full) ? (this.#decay[i] as number) : 1;
      const filled = this.scan ? this.expectedMisses : pages * missing * (1 - decay);
      const misses = full ? this.ageing.missesOf(i, accesses) : filled;
      if (out > 0) this.out[i] = out - this.returnsOf(i, accesses, decay);
      this.#note(i, pages * (1 - missing), misses, decayOf(rate * this.writes * accesses), keepSlots);
      if (!this.anonymous) this.active.refault(i, misses);
      if (full) (this.incoming[i] as number) += misses;
      else if (missing > 0 && pages > 0) this.missing[i] = this.scan ? Math.max(0, missing - filled / pages) : missing * decay;
    }
    this.tally();
  }

  /** Writes wear off clean slots and make file pages dirty; `unwritten`: chance that a page was not written. */
  #note(i: number, resident: number, misses: number, unwritten: number, keepSlots: boolean): void {
    const marked = this.marked[i] as number;
    if (this.anonymous) this.marked[i] = marked * unwritten + (keepSlots ? misses * (1 - this.writes) : 0);
    else this.marked[i] = marked + Math.max(0, resident - marked) * (1 - unwritten) + misses * this.writes;
  }

  /** Resident pages at a level of the list, the missing shares left in `next`; and the derivative, in `missSlope`. */
  survive(level: number): number {
    this.missSlope = 0;
    if (this.touchedPages === 0) return 0;
    this.missSlope = this.ageing.survive(level);
    let absent = 0;
    for (let i = 0; i < this.pages.length; i++) absent += (this.pages[i] as number) * (this.next[i] as number);
    return this.touchedPages - absent;
  }

  /** Resident pages not touched in the last `accesses`; the classes' shares are left in `next`. */
  olderThan(accesses: number): number {
    this.ageing.unused(accesses);
    let older = 0;
    for (let i = 0; i < this.pages.length; i++)
      older += (this.pages[i] as number) * ((this.next[i] as number) - (this.missing[i] as number));
    return older;
  }

  #mark(): void {
    this.active.settle(this);
    if (this.touchedPages > 0) this.ageing.mark();
  }

  protected override get headMissing(): number {
    return this.touchedPages > 0 ? this.ageing.headMissing : 0;
  }

  override digest(hasher: Hasher): void {
    super.digest(hasher);
    this.ageing.digest(hasher);
    this.active.digest(hasher);
  }
}
