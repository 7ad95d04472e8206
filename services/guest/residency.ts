/**
 * The resident pages of one kind (anonymous or file) over all its regions: an LRU list, whose state is its cut, the
 * age in accesses of the workload beyond which pages are gone (docs/model.md section 3).
 *
 * Without eviction the cut grows with the accesses; evicting to a capacity brings it to the value at which just that
 * many pages are younger.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert } from "../../lib/errors.ts";
import type { Region } from "./region.ts";

/** Pages by which the solution for a capacity may be off. */
const TOLERANCE_PAGES = 0.5;
const MAX_ROUNDS = 80;

export class Residency {
  readonly regions: readonly Region[];
  /** Infinity: nothing was ever evicted, or all has come back. */
  cut = Number.POSITIVE_INFINITY;
  /** Results of the last settle(), in pages. */
  evicted = 0;
  /** Of the evicted: those that held a clean slot, or were dirty. */
  evictedMarked = 0;
  /** Of the evicted: swapped out by the host, and marked or not. */
  evictedOutMarked = 0;
  evictedOut = 0;

  constructor(regions: readonly Region[]) {
    this.regions = regions;
  }

  get touchedPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.touchedPages;
    return sum;
  }

  get residentPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.residentPages;
    return sum;
  }

  get missingPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.missingPages;
    return sum;
  }

  get markedPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.markedPages;
    return sum;
  }

  get outPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.outPages;
    return sum;
  }

  /** Misses per access of the workload. */
  get missRate(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.missRate;
    return sum;
  }

  /** A region of the list grows: its new pages are younger than all others. */
  grow(region: Region, pages: number): void {
    region.grow(pages);
    this.#cutAt(this.cut + pages);
    for (const other of this.regions) if (other !== region && other.touchedPages > 0) other.recency.advance(0, pages, other.growing);
  }

  /** After accesses without eviction. What is missing by less than half a page has come back. */
  grown(accesses: number): void {
    this.#cutAt(this.cut + accesses);
    if (this.missingPages >= 0.5) return;
    this.#cutAt(Number.POSITIVE_INFINITY);
    for (const region of this.regions) {
      if (region.missingPages === 0) continue;
      region.missing.fill(0);
      region.tally();
    }
  }

  /** Brings the list to `pages` resident ones. */
  settle(pages: number): void {
    assert(!Number.isNaN(pages), "a list is brought to a number of pages");
    this.evicted = 0;
    this.evictedMarked = 0;
    this.evictedOut = 0;
    this.evictedOutMarked = 0;
    if (pages >= this.touchedPages - TOLERANCE_PAGES) {
      this.#cutAt(Number.POSITIVE_INFINITY);
      for (const region of this.regions) region.next.fill(0);
    } else this.#solve(Math.max(0, pages));
    for (const region of this.regions) if (region.touchedPages > 0) this.#apply(region);
  }

  /** Newton's method from the present cut, kept inside a bracket: the sum is concave but for the seams of old changes. */
  #solve(pages: number): void {
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let cut = Number.isFinite(this.cut) && this.cut > 0 ? this.cut : this.touchedPages;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const error = this.#residentAt(cut) - pages;
      if (Math.abs(error) <= TOLERANCE_PAGES) break;
      if (error < 0) low = cut;
      else high = cut;
      let slope = 0;
      for (const region of this.regions) slope += region.missSlope;
      const newton = cut - error / slope;
      if (newton > low && newton < high && slope > 0) cut = newton;
      else if (high < Number.POSITIVE_INFINITY) cut = low > 0 && high > 4 * low ? Math.sqrt(low * high) : (low + high) / 2;
      else cut = cut * 4 + 1;
    }
    this.#cutAt(cut);
  }

  #cutAt(cut: number): void {
    this.cut = cut;
    for (const region of this.regions) region.cut = cut;
  }

  #residentAt(cut: number): number {
    let sum = 0;
    for (const region of this.regions) sum += region.survive(cut);
    return sum;
  }

  #apply(region: Region): void {
    const { pages, missing, next, marked, out, incoming } = region;
    for (let i = 0; i < pages.length; i++) {
      const before = (pages[i] as number) * (1 - (missing[i] as number)) + (incoming[i] as number);
      const evicted = before - (pages[i] as number) * (1 - (next[i] as number));
      missing[i] = next[i] as number;
      incoming[i] = 0;
      this.evicted += evicted;
      if (evicted <= 0 || before <= 0) continue;
      const share = Math.min(1, evicted / before);
      const markedShare = Math.min(1, (marked[i] as number) / before);
      const evictedOut = region.outOldest ? Math.min(out[i] as number, evicted) : (out[i] as number) * share;
      this.evictedMarked += evicted * markedShare;
      this.evictedOut += evictedOut;
      this.evictedOutMarked += evictedOut * markedShare;
      (marked[i] as number) *= 1 - share;
      (out[i] as number) -= evictedOut;
    }
    region.tally();
  }

  /** Host swapping hit `pages` of the backed ones at random; negative: as many came back. */
  evictedByHost(pages: number): void {
    const all = pages > 0 ? this.residentPages - this.outPages : this.outPages;
    if (all <= 0) return;
    const share = Math.min(1, Math.abs(pages) / all);
    for (const region of this.regions) {
      for (let i = 0; i < region.pages.length; i++) {
        const out = region.out[i] as number;
        const backed = (region.pages[i] as number) * (1 - (region.missing[i] as number)) - out;
        region.out[i] = pages > 0 ? out + Math.max(0, backed) * share : out * (1 - share);
      }
      region.tally();
    }
  }

  /** Scales what the host has swapped out to the account's whole number of pages. */
  fitOut(pages: number): void {
    const present = this.outPages;
    if (present === pages || (present < 1e-9 && pages === 0)) return;
    if (present < 1e-9) {
      this.evictedByHost(pages);
      return;
    }
    for (const region of this.regions) {
      for (let i = 0; i < region.out.length; i++) (region.out[i] as number) *= pages / present;
      region.tally();
    }
  }

  /** `pages` of the marked ones are no longer: dirty pages were written back, swap slots given up. */
  unmark(pages: number): void {
    const all = this.markedPages;
    if (all <= 0 || pages <= 0) return;
    const kept = Math.max(0, 1 - pages / all);
    for (const region of this.regions) {
      for (let i = 0; i < region.marked.length; i++) (region.marked[i] as number) *= kept;
      region.tally();
    }
  }

  digest(hasher: Hasher): void {
    hasher.number(this.cut);
    for (const region of this.regions) region.digest(hasher);
  }
}
