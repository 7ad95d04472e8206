/** The CPU time that reclaim takes, of whoever reclaims now: kswapd, the balloon driver, or the program's own threads. */
import type { Processor } from "./processor.ts";
import type { Residency } from "./residency.ts";
import { Scanning } from "./scanning.ts";
import type { SwapCache } from "./swapcache.ts";

/** In a first pass a thread finds at least this share of what it looks at. */
const LEAST_FOUND = 1 / 64;
/** Beside as many pages of cache reclaim gets on without the anonymous ones. */
const CACHE_PAGES = 32;

export class Effort {
  readonly #processor: Processor;
  readonly #file: Residency;
  readonly #scanning: Scanning;
  readonly #swapCache: SwapCache;
  /** CPU time of the kernel's workers since takeSpent(). */
  #spentNs = 0;
  /** Left to who reclaims now. */
  cpuNs = Number.POSITIVE_INFINITY;

  constructor(processor: Processor, anonymous: Residency, file: Residency, swapCache: SwapCache) {
    this.#processor = processor;
    this.#file = file;
    this.#swapCache = swapCache;
    this.#scanning = new Scanning(anonymous);
  }

  get limited(): boolean {
    return this.#processor.limited;
  }

  /** The program's threads reclaim for themselves: their CPU time is in what a miss costs them. */
  get direct(): boolean {
    return this.limited && this.cpuNs === Number.POSITIVE_INFINITY;
  }

  /** Pages of anonymous memory to look at before the list turns over steadily. */
  #duePages(): number {
    return this.limited && this.#file.residentPages < CACHE_PAGES ? this.#scanning.duePages : 0;
  }

  /** Pages of anonymous memory that have been found so far, while that matters. */
  get foundPages(): number {
    return this.#duePages() > 0 && !this.direct ? this.#scanning.readyPages : Number.POSITIVE_INFINITY;
  }

  /** CPU time to free one page of anonymous memory. So large a share must be written, and is looked at once more when it is. */
  pageNs(writeShare: number): number {
    const { scanNs, unmapNs = 0, swapOutNs } = this.#processor.costs;
    return scanNs * (this.#lookedAt() + writeShare) + unmapNs * (1 - this.#swapCache.unmappedShare) + swapOutNs * writeShare;
  }

  /** Pages looked at for each that is freed; look() has paid for those of the first passes. */
  #lookedAt(): number {
    if (this.#duePages() === 0) return this.#scanning.perPage;
    return this.direct ? 1 / Math.max(LEAST_FOUND, this.#scanning.found) : 0;
  }

  /** CPU time to drop one page of cache. */
  get dropNs(): number {
    return this.#processor.costs.scanNs;
  }

  /** Pages of anonymous memory that the time left can free. */
  affordablePages(writeShare: number): number {
    return this.#duePages() > 0 ? 0 : this.cpuNs / this.pageNs(writeShare);
  }

  spend(ns: number): void {
    if (this.cpuNs === Number.POSITIVE_INFINITY) return;
    this.cpuNs = Math.max(0, this.cpuNs - ns);
    this.#spentNs += ns;
    this.#processor.use(ns);
  }

  /** CPU time that kswapd and the balloon driver took to reclaim since the last call. */
  takeSpent(): number {
    const ns = this.#spentNs;
    this.#spentNs = 0;
    return ns;
  }

  /**
   * Looks at the pages that are due, as far as the time goes; the workload has made so many accesses in all. Returns those that are
   * looked at for the second time.
   */
  look(accesses: number): number {
    const due = this.#duePages();
    if (due === 0) return 0;
    const { scanNs, unmapNs = 0, swapOutNs } = this.#processor.costs;
    const pages = Math.min(due, this.cpuNs / (scanNs + this.#scanning.found * (unmapNs + swapOutNs)));
    this.spend(pages * scanNs);
    return this.#scanning.pass(pages, accesses);
  }

  /** In a second pass: share of the pages that were used since the first. */
  get usedShare(): number {
    return 1 - this.#scanning.found;
  }

  /** `pages` of anonymous memory were evicted, and so many are on the active list. */
  evicted(pages: number, activePages: number, accesses: number): void {
    if (this.limited) this.#scanning.evicted(pages, activePages, accesses);
  }
}
