/**
 * The age of pages that are gone, counted in evictions and activations (mm/workingset.c): a page that comes in again counts as
 * part of the working set, and is active at once, if it would have stayed had the pages of the active lists given way to it.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { decayOf } from "./decay.ts";
import type { Region } from "./region.ts";
import type { Residency } from "./residency.ts";

export class Nonresident {
  /** Pages that kswapd evicts at once. */
  readonly #burstPages: number;
  /** Evictions and activations, and the accesses in which they came; both fade with the size of the working set. */
  #aged = 0;
  #accesses = 0;
  /** Of those pages, the evicted of each kind. */
  #evictedAnonymous = 0;
  #evictedFile = 0;
  /** Accesses since the first of the pages went that are gone: none has been for longer. */
  #longest = 0;

  constructor(burstPages: number) {
    this.#burstPages = burstPages;
  }

  /** The workload made `accesses`; `gone`: while some of its pages were. */
  pass(accesses: number, gone: boolean): void {
    this.#longest = gone ? this.#longest + accesses : 0;
    if (gone) this.#accesses += accesses;
  }

  /**
   * `pages` were evicted or activated; `memoryPages`: size of the lists. A page is looked back to over as many at most, and half of them is
   * how long ago they were in the mean.
   */
  note(pages: number, memoryPages: number): void {
    const kept = decayOf((2 * pages) / Math.max(1, memoryPages));
    this.#aged = this.#aged * kept + pages;
    this.#accesses *= kept;
    this.#evictedAnonymous *= kept;
    this.#evictedFile *= kept;
  }

  /** `pages` of a kind were evicted. */
  evicted(pages: number, anonymous: boolean, memoryPages: number): void {
    this.note(pages, memoryPages);
    if (anonymous) this.#evictedAnonymous += pages;
    else this.#evictedFile += pages;
  }

  /** Share of the list's misses that are near enough to be activated, for a working set of `pages`. */
  activation(list: Residency, pages: number): number {
    if (this.#aged <= 0) return 1;
    const reach = (pages * this.#accesses) / this.#aged;
    if (reach >= this.#longest) return 1;
    let near = 0;
    let all = 0;
    for (const region of list.regions) {
      if (region.missRate === 0) continue;
      all += region.missRate;
      if (region.scan) near += region.missRate * this.#within(this.#distance(region, list), pages);
      else for (let i = 0; i < region.pages.length; i++) near += region.missRateOf(i) * this.#near(region.rate[i] as number, reach);
    }
    return all > 0 ? near / all : 1;
  }

  /**
   * Share of a scan's pages that are no further than `pages`. They come back evenly and went in bursts: the first of one has all of it
   * behind it, the last none.
   */
  #within(distance: number, pages: number): number {
    const evicted = this.#evictedAnonymous + this.#evictedFile;
    const spread = evicted > 0 ? (this.#burstPages * this.#aged) / evicted : 0;
    return Math.min(1, Math.max(0, 0.5 + (pages - distance) / Math.max(1, spread)));
  }

  /** Since a scan's next page went all others that are absent have gone. A region has so much of the list's evictions as of its misses. */
  #distance({ anonymous, missingPages, missRate }: Region, list: Residency): number {
    const evicted = anonymous ? this.#evictedAnonymous : this.#evictedFile;
    return (missingPages * this.#aged * list.missRate) / (evicted * missRate);
  }

  /** Of pages that are touched at this rate and come in again: the share that was gone for no longer than `reach`. */
  #near(rate: number, reach: number): number {
    const all = 1 - decayOf(rate * this.#longest);
    return all > 0 ? (1 - decayOf(rate * reach)) / all : 1;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#longest);
    hasher.number(this.#evictedAnonymous);
    hasher.number(this.#evictedFile);
    hasher.number(this.#aged);
    hasher.number(this.#accesses);
  }
}
