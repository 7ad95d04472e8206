/**
 * The resident pages of one kind (anonymous or file) over all its regions: brought to a number, the law of replacement says which ones
 * go (docs/model.md section 3).
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert } from "../../lib/errors.ts";
import type { Lives } from "../../lib/scenario/scenario.ts";
import type { Region } from "./region.ts";
import { Press } from "./replacement/press.ts";

/** Pages by which the solution for a capacity may be off. */
const TOLERANCE_PAGES = 0.5;
export class Residency {
  readonly regions: readonly Region[];
  readonly #press: Press;
  /** Sums over the regions, which keep them up to date in their tally(): far more often asked for than changed. */
  touchedPages = 0;
  residentPages = 0;
  missingPages = 0;
  markedPages = 0;
  outPages = 0;
  /** Misses per access of the workload. */
  missRate = 0;
  /** The list's clock: accesses of the workload and first touches of its growing regions. */
  clock = 0;
  /** Results of the last settle(), in pages. */
  evicted = 0;
  /** Of the evicted: those that held a clean slot, or were dirty. */
  evictedMarked = 0;
  /** Of the evicted: swapped out by the host, and marked or not. */
  evictedOutMarked = 0;
  evictedOut = 0;

  constructor(regions: readonly Region[], lives: Lives = "lru") {
    this.regions = regions;
    this.#press = new Press(regions, lives);
    for (const region of regions) region.list = this;
    this.sum();
  }

  /** Brings the sums up to date. */
  sum(): void {
    let touchedPages = 0;
    let residentPages = 0;
    let missingPages = 0;
    let markedPages = 0;
    let outPages = 0;
    let missRate = 0;
    for (const region of this.regions) {
      touchedPages += region.touchedPages;
      residentPages += region.residentPages;
      missingPages += region.missingPages;
      markedPages += region.markedPages;
      outPages += region.outPages;
      missRate += region.missRate;
    }
    this.touchedPages = touchedPages;
    this.residentPages = residentPages;
    this.missingPages = missingPages;
    this.markedPages = markedPages;
    this.outPages = outPages;
    this.missRate = missRate;
  }

  /** A region of the list grows: its new pages are younger than all others. */
  grow(region: Region, pages: number): void {
    region.grow(pages);
    this.clock += pages;
    this.#press.pass(pages);
    for (const other of this.regions) if (other !== region && other.touchedPages > 0) other.ageing.pass(0, pages, false);
  }

  /** After accesses without eviction. What is missing by less than half a page has come back. */
  grown(accesses: number): void {
    this.#press.pass(accesses);
    if (this.missingPages >= 0.5) return;
    this.restore();
    for (const region of this.regions) {
      if (region.missingPages === 0) continue;
      region.missing.fill(0);
      region.tally();
    }
  }

  /** Nothing is missing any more. */
  restore(): void {
    this.#press.lift();
  }

  /** In how many pieces to take a stretch of full memory. */
  piecesOf(accesses: number): number {
    return this.#press.piecesOf(accesses, this.missRate, this.residentPages);
  }

  /** Before regions are asked what about `accesses` do in full memory. */
  aim(accesses: number): void {
    this.#press.aim(accesses, this.missRate, this.residentPages);
  }

  /** No page of the list is older than so many accesses. */
  get oldestAge(): number {
    return this.#press.oldestAge;
  }

  /** Share of the resident pages that were not used within the last `age` accesses. */
  unusedShare(age: number): number {
    if (age >= this.#press.oldestAge || age === Number.POSITIVE_INFINITY || this.residentPages < 1) return 0;
    let older = 0;
    for (const region of this.regions) if (region.touchedPages > 0) older += region.olderThan(age);
    return Math.max(0, older / this.residentPages);
  }

  /** Brings the list to `pages` resident ones. */
  settle(pages: number): void {
    assert(!Number.isNaN(pages), () => "a list is brought to a number of pages");
    this.evicted = 0;
    this.evictedMarked = 0;
    this.evictedOut = 0;
    this.evictedOutMarked = 0;
    if (pages >= this.touchedPages - TOLERANCE_PAGES) {
      this.restore();
      for (const region of this.regions) region.next.fill(0);
    } else this.#press.settle(Math.max(0, pages), TOLERANCE_PAGES);
    for (const region of this.regions) if (region.touchedPages > 0) this.#apply(region);
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
    region.ageing.commit();
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

  /** `pages` of the marked ones are no longer: dirty pages were written back, swap slots given up. Negative: so many others are. */
  unmark(pages: number): void {
    const all = pages > 0 ? this.markedPages : this.residentPages - this.markedPages;
    if (all <= 0 || pages === 0) return;
    const kept = Math.max(0, 1 - Math.abs(pages) / all);
    for (const region of this.regions) {
      for (let i = 0; i < region.pages.length; i++) {
        const end = pages > 0 ? 0 : (region.pages[i] as number) * (1 - (region.missing[i] as number));
        region.marked[i] = end + ((region.marked[i] as number) - end) * kept;
      }
      region.tally();
    }
  }

  digest(hasher: Hasher): void {
    this.#press.digest(hasher);
    for (const region of this.regions) region.digest(hasher);
  }
}
