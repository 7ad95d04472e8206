/**
 * How many pages reclaim looks at for each that it frees. A page that was used since reclaim last came by gets a second chance
 * (mm/vmscan.c, folio_check_references()); one that must be written comes by once more when it is clean.
 *
 * All pages of a list that was whole so far have been used: the first pass clears their marks, and forgets when they were used. In the
 * second one those come free that nobody has used since; after it the list turns over steadily.
 */
import type { Residency } from "./residency.ts";

/** Reclaim gives up on the used pages: it deactivates them all, and finds those that are not used again at once. */
const MOST_PER_PAGE = 16;

export class Scanning {
  readonly #list: Residency;
  #passedPages = 0;
  /** Accesses of the workload when the first pass began. */
  #begunAt = 0;
  /** Share of the pages that the second pass finds unused. */
  #unused = 0;
  /** The list has lost pages since it was whole. */
  #broken = false;
  /** Found unused in the second pass. */
  readyPages = 0;
  /** Accesses since reclaim came by where it is now. */
  #turnAge = 0;
  #evictedAt = 0;
  /** Pages that it looks at for each that it frees. */
  perPage = 1;

  constructor(list: Residency) {
    this.#list = list;
  }

  /** Pages to look at until the list turns over steadily. */
  get duePages(): number {
    if (this.#broken && this.#list.missingPages < 1) this.#begin();
    const due = 2 * this.#list.residentPages - this.#passedPages;
    return due < 1 ? 0 : due;
  }

  /** The list is whole again. */
  #begin(): void {
    this.#broken = false;
    this.#passedPages = 0;
    this.#unused = 0;
    this.readyPages = 0;
  }

  /** Pages found unused for each that is looked at now. */
  get found(): number {
    return this.#passedPages < this.#list.residentPages ? 0 : this.#unused;
  }

  /** Looks at `pages`; the workload has made so many accesses in all. Returns those of the second pass. */
  pass(pages: number, accesses: number): number {
    const { residentPages } = this.#list;
    if (this.#passedPages === 0) this.#begunAt = accesses;
    const before = this.#passedPages;
    this.#passedPages += pages;
    if (before < residentPages && this.#passedPages >= residentPages) this.#turn(accesses - this.#begunAt);
    const again = Math.max(0, this.#passedPages - Math.max(before, residentPages));
    this.readyPages += this.#unused * again;
    return again;
  }

  /** The first pass is over, in which the workload made so many accesses: when pages were used before it is forgotten. */
  #turn(accesses: number): void {
    this.#unused = this.#list.unusedShare(accesses);
    for (const region of this.#list.regions) if (region.touchedPages > 0) region.ageing.forget(accesses);
  }

  /** `pages` were evicted, while so many are active; the workload has made so many accesses in all. */
  evicted(pages: number, activePages: number, accesses: number): void {
    const { residentPages, missingPages } = this.#list;
    if (pages <= 0 || residentPages <= 0) return;
    if (missingPages >= 1) this.#broken = true;
    this.readyPages = Math.max(0, this.readyPages - pages);
    const turned = Math.min(1, (pages * this.perPage) / Math.max(1, residentPages - activePages));
    this.#turnAge = this.#turnAge * (1 - turned) + accesses - this.#evictedAt;
    this.#evictedAt = accesses;
    const unused = this.#list.unusedShare(this.#turnAge);
    this.perPage = Math.min(MOST_PER_PAGE, 1 / unused);
  }
}
