/**
 * Which of a file region's resident pages are on the active list, by heat class. A cached page starts on the inactive list and
 * its next use moves it (mark_page_accessed(), mm/swap.c); the scan of the active list moves it back whether it was used or
 * not, so what is read only once stays inactive (shrink_active_list(), mm/vmscan.c).
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { HeatColumns } from "./columns.ts";
import { decayOf } from "./decay.ts";

export class ActiveFile {
  readonly #active: Float64Array;
  /** Accesses of the workload whose uses have not been noted in the classes yet. */
  #pending = 0;
  /** Share of the pages that come in again which are active at once: Nonresident.activation. */
  activation = 0;
  pages = 0;

  constructor(classes: number) {
    this.#active = new Float64Array(classes);
  }

  touch(accesses: number): void {
    this.#pending += accesses;
  }

  /** `pages` of a class came in again. */
  refault(i: number, pages: number): void {
    (this.#active[i] as number) += this.activation * pages;
  }

  /** Notes the pending uses; returns the inactive pages that they activated. */
  settle(columns: HeatColumns): number {
    let [sum, activated] = [0, 0];
    for (let i = 0; i < this.#active.length; i++) {
      const resident = (columns.pages[i] as number) * (1 - (columns.missing[i] as number));
      const active = Math.min(resident, this.#active[i] as number);
      const used = this.#used(i, resident - active, columns);
      this.#active[i] = active + used;
      sum += active + used;
      activated += used;
    }
    this.#pending = 0;
    this.pages = sum;
    return activated;
  }

  /** Of a class's `inactive` pages, how many the pending accesses used. A scan that misses comes to absent pages alone. */
  #used(i: number, inactive: number, columns: HeatColumns): number {
    const rate = (columns.rate[i] as number) * this.#pending;
    if (rate === 0 || inactive <= 0) return 0;
    if (!columns.scan) return inactive * (1 - decayOf(rate));
    return columns.missingPages > 0 ? 0 : Math.min(inactive, (columns.pages[i] as number) * rate);
  }

  /** This share of the active pages stays active. */
  keep(share: number): void {
    for (let i = 0; i < this.#active.length; i++) (this.#active[i] as number) *= share;
    this.pages *= share;
  }

  /** This share of the pages changes places among the classes at random. */
  deal(share: number, columns: HeatColumns): void {
    for (let i = 0; i < this.#active.length; i++) {
      const even = (this.pages * (columns.pages[i] as number)) / columns.touchedPages;
      this.#active[i] = (this.#active[i] as number) * (1 - share) + share * even;
    }
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#pending);
    hasher.number(this.pages);
  }
}
