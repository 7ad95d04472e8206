/**
 * Swap read-ahead: a fault reads the aligned cluster of slots around its own, as wide as read-ahead has been of use of late
 * (mm/swap_state.c, swapin_nr_pages()). Slots are given out in the order of eviction, so neighbours in swap are pages that went
 * together; those of them that have come back are not read again. What is flagged is as cold as what is missing, so there are as many hits
 * for each fault as there are flagged pages for each missing one.
 *
 * In the mean: with h hits for each fault, a Poisson number, a fault after none of them halves the window, after one or two reads 4
 * pages, after more 8, and never more than the limit.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Residency } from "./residency.ts";

const SMALL = 4;
const LARGE = 8;

export class ReadAhead {
  readonly #mostPages: number;
  /** Slots beside those of missing pages whose pages have come back. */
  #returnedPages = 0;

  /** `pageCluster`: vm.page-cluster. */
  constructor(pageCluster: number) {
    this.#mostPages = 1 << pageCluster;
  }

  /** Pages that come in beside each that is missed, while `missingPages` are in swap and a touch of `flaggedPages` is a hit. */
  perMiss(missingPages: number, flaggedPages: number): number {
    if (this.#mostPages === 1 || missingPages <= 0 || flaggedPages <= 0) return 0;
    const rate = flaggedPages / missingPages;
    const none = Math.exp(-rate);
    const few = none * (rate + (rate * rate) / 2);
    const many = Math.max(0, 1 - none - few);
    return ((this.#meanWindow(none, few, many) - 1) * missingPages) / (missingPages + this.#returnedPages);
  }

  /** `pages` came in. */
  note(pages: number): void {
    if (this.#mostPages > 1) this.#returnedPages += pages;
  }

  /** `evicted` pages went to new slots: of those that are in swap now, so many fewer have neighbours that came back. */
  forget(evicted: number, missingPages: number): void {
    if (missingPages > 0) this.#returnedPages *= Math.max(0, 1 - evicted / missingPages);
  }

  /** A fault with hits sets the window, each one without halves it, down to a single page. */
  #meanWindow(none: number, few: number, many: number): number {
    let mean = 0;
    let share = 1;
    for (const [chance, size] of [
      [few, SMALL],
      [many, LARGE],
    ] as const) {
      let reached = chance;
      for (let pages = Math.min(size, this.#mostPages); pages > 1; pages /= 2) {
        mean += reached * pages;
        share -= reached;
        reached *= none;
      }
    }
    return mean + Math.max(0, share);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#returnedPages);
  }
}

/** Brings `pages` of the list's missing ones in, clean; `full`: evictions balance them. */
export function bringIn({ regions, missingPages }: Residency, pages: number, full: boolean): void {
  if (pages <= 0 || missingPages <= 0) return;
  const share = Math.min(1, pages / missingPages);
  for (const region of regions) {
    if (region.missingPages === 0) continue;
    for (let i = 0; i < region.pages.length; i++) {
      const brought = (region.pages[i] as number) * (region.missing[i] as number) * share;
      (region.marked[i] as number) += brought;
      if (full) (region.incoming[i] as number) += brought;
      else (region.missing[i] as number) *= 1 - share;
    }
    region.tally();
  }
}
