/**
 * Which pages of a kind had been on the active list: those that were taken from it carry a flag (PG_workingset), and so does what is
 * left of them when they are gone (mm/vmscan.c, shrink_active_list(); mm/workingset.c). Within a list flags are mixed evenly.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

export class WasActive {
  /** With the flag: on the inactive list, and gone. */
  #inactive = 0;
  #gone = 0;

  deactivated(pages: number): void {
    this.#inactive += pages;
  }

  /** `pages` of the list's `inactivePages` became active. */
  activated(pages: number, inactivePages: number): void {
    this.#leave(pages, inactivePages);
  }

  evicted(pages: number, inactivePages: number): void {
    this.#gone += this.#leave(pages, inactivePages);
  }

  /** `pages` of `missingPages` came in again, the share `active` of them to the active list; returns those with the flag among these. */
  returned(pages: number, missingPages: number, active: number): number {
    const flagged = this.#gone * share(pages, missingPages);
    this.#gone -= flagged;
    return flagged * active;
  }

  /** This share of the list is left, in memory and out of it. */
  keep(share: number): void {
    this.#inactive *= share;
    this.#gone *= share;
  }

  #leave(pages: number, inactivePages: number): number {
    const flagged = this.#inactive * share(pages, inactivePages);
    this.#inactive -= flagged;
    return flagged;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#inactive);
    hasher.number(this.#gone);
  }
}

function share(pages: number, of: number): number {
  return pages > 0 ? pages / Math.max(pages, of) : 0;
}
