/**
 * The age of pages that are gone, counted in evictions and activations (mm/workingset.c): a page that comes in again counts as
 * part of the working set, and is active at once, if it would have stayed had the pages of the active lists given way to it.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { decayOf } from "./decay.ts";
import type { Residency } from "./residency.ts";

export class Nonresident {
  /** Evictions and activations, and the accesses in which they came; both fade with the size of the working set. */
  #aged = 0;
  #accesses = 0;

  /** In `accesses` of the workload, `pages` were evicted or activated; `memoryPages`: size of the lists. */
  note(pages: number, accesses: number, memoryPages: number): void {
    const kept = decayOf(pages / Math.max(1, memoryPages));
    this.#aged = this.#aged * kept + pages;
    this.#accesses = this.#accesses * kept + accesses;
  }

  /** Share of the list's misses that are near enough to be activated, for a working set of `pages`. */
  activation(list: Residency, pages: number): number {
    if (this.#aged <= 0) return 1;
    const reach = (pages * this.#accesses) / this.#aged;
    let near = 0;
    let all = 0;
    for (const region of list.regions) {
      if (region.missRate === 0) continue;
      all += region.missRate;
      // A scan comes back to a page when it has come to all the other absent ones.
      if (region.scan) near += (region.missing[0] as number) <= (region.rate[0] as number) * reach ? region.missRate : 0;
      else for (let i = 0; i < region.pages.length; i++) near += region.missRateOf(i) * (1 - decayOf((region.rate[i] as number) * reach));
    }
    return all > 0 ? near / all : 1;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#aged);
    hasher.number(this.#accesses);
  }
}
