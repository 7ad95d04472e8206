/**
 * Swap read-ahead: a fault reads the aligned cluster of slots around its own, as wide as read-ahead has been of use of late
 * (mm/swap_state.c, swapin_nr_pages()). Slots are given out in the order of eviction, so neighbours in swap are pages that went
 * together; those of them that have come back are not read again. What is flagged is as cold as what is missing, so there are as many hits
 * for each fault as there are flagged pages for each missing one.
 *
 * In the mean: with a Poisson number of hits since the fault before, a fault reads those and two more, rounded up to a power of two of 4
 * or more, at least half of what the one before read, and never more than the limit.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { decayOf, meanDecayOf } from "./decay.ts";
import type { Residency } from "./residency.ts";

export class ReadAhead {
  readonly #mostPages: number;
  /** Slots beside those of missing pages whose pages have come back. */
  #returnedPages = 0;
  /** Those that came since reclaim last gave out slots. */
  #arrivedPages = 0;

  /** `pageCluster`: vm.page-cluster. */
  constructor(pageCluster: number) {
    this.#mostPages = 1 << pageCluster;
  }

  /** Pages that come in beside each that is missed, while `missingPages` are in swap and a touch of `flaggedPages` is a hit. */
  perMiss(missingPages: number, flaggedPages: number): number {
    if (this.#mostPages === 1 || missingPages <= 0 || flaggedPages <= 0) return 0;
    const seen = missingPages + this.#returnedPages + this.#arrivedPages;
    return ((this.#meanWindow(flaggedPages / missingPages) - 1) * missingPages) / seen;
  }

  /** `pages` came in. */
  note(pages: number): void {
    if (this.#mostPages > 1) this.#arrivedPages += pages;
  }

  /**
   * `evicted` pages went to new slots, evenly while those arrived that did so since, and while the missing ones became `missingPages` from
   * `beforePages`: of those that are in swap now, so many fewer have neighbours that came back.
   */
  forget(evicted: number, beforePages: number, missingPages: number): void {
    if (missingPages <= 0 || evicted <= 0) return;
    const turns = evicted / logarithmicMean(beforePages, missingPages);
    this.#returnedPages = this.#returnedPages * decayOf(turns) + this.#arrivedPages * meanDecayOf(turns);
    this.#arrivedPages = 0;
  }

  /** It has at least so many pages where the hits ask for them, or else the one before had twice as many. */
  #meanWindow(hits: number): number {
    let mean = 1;
    let reached = 0;
    for (let pages = this.#mostPages; pages > 1; pages /= 2) {
      const asked = chanceOf(Math.max(1, pages / 2 - 1), hits);
      reached = asked + (1 - asked) * reached;
      mean += (pages / 2) * reached;
    }
    return mean;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#returnedPages);
    hasher.number(this.#arrivedPages);
  }
}

/** Mean of what grows from one to the other, by its own share. */
function logarithmicMean(a: number, b: number): number {
  return Math.abs(b - a) > 1e-6 * b ? (b - a) / Math.log(b / a) : b;
}

/** That a Poisson number of this mean is at least so large. */
function chanceOf(least: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = term;
  for (let i = 1; i < least; i++) {
    term *= mean / i;
    below += term;
  }
  return Math.max(0, 1 - below);
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
