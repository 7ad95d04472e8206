/** What reclaim can free within a step: what is on the lists, as far as the disk takes what must be written and the CPU time goes. */
import type { Effort } from "./effort.ts";
import type { Residency } from "./residency.ts";
import type { SwapCache } from "./swapcache.ts";
import type { WriteBudget } from "./writebudget.ts";

export interface Split {
  readonly anonymous: number;
  readonly file: number;
}

export class Capacity {
  readonly #anonymous: Residency;
  readonly #file: Residency;
  readonly #swapWrites: WriteBudget;
  readonly #fileWrites: WriteBudget;
  readonly #swapCache: SwapCache;
  readonly #effort: Effort;
  readonly #swapPages: number;

  constructor(
    lists: { readonly anonymous: Residency; readonly file: Residency },
    swapWrites: WriteBudget,
    fileWrites: WriteBudget,
    swapCache: SwapCache,
    effort: Effort,
    swapPages: number,
  ) {
    this.#anonymous = lists.anonymous;
    this.#file = lists.file;
    this.#swapWrites = swapWrites;
    this.#fileWrites = fileWrites;
    this.#swapCache = swapCache;
    this.#effort = effort;
    this.#swapPages = swapPages;
  }

  /** Share of anonymous pages whose eviction costs a write; of file pages. */
  get anonymousWriteShare(): number {
    const resident = this.#anonymous.residentPages;
    return resident > 0 ? Math.max(0, 1 - this.#anonymous.markedPages / resident) : 1;
  }

  get fileWriteShare(): number {
    const resident = this.#file.residentPages;
    return resident > 0 ? Math.min(1, this.#file.markedPages / resident) : 0;
  }

  /** Anonymous pages for which there is swap. */
  get swappablePages(): number {
    return Math.max(0, Math.min(this.#anonymous.residentPages, this.#swapPages - this.#anonymous.missingPages));
  }

  get anonymousPages(): number {
    const share = this.anonymousWriteShare;
    const writable = share > 0 ? this.#swapWrites.writablePages / share : Number.POSITIVE_INFINITY;
    return Math.min(this.swappablePages, this.#swapCache.writtenPages + writable, this.#effort.foundPages);
  }

  get filePages(): number {
    const resident = this.#file.residentPages;
    const dirty = resident * this.fileWriteShare;
    return resident - dirty + Math.min(dirty, this.#fileWrites.writablePages);
  }

  /** CPU time that evicting so many pages takes. Those that are written already come free at once. */
  costNs({ anonymous, file }: Split): number {
    const looked = Math.max(0, anonymous - this.#swapCache.writtenPages);
    return (looked > 0 ? looked * this.#effort.pageNs(this.anonymousWriteShare) : 0) + file * this.#effort.dropNs;
  }

  /** Of `pages`, split so, those for which the CPU time is enough. */
  within(pages: number, split: Split): number {
    const ns = this.costNs(split);
    if (ns <= this.#effort.cpuNs || ns === 0) return pages;
    const ready = Math.min(pages, this.#swapCache.writtenPages);
    return ready + ((pages - ready) * this.#effort.cpuNs) / ns;
  }
}
