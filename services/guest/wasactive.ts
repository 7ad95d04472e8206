/**
 * Which pages of a kind had been on the active list: those that were taken from it carry a flag (PG_workingset), and so does what is
 * left of them when they are gone (mm/vmscan.c, shrink_active_list(); mm/workingset.c). They come to the head of the inactive list and
 * go when the scan has gone over it, so the first pages to go never had the flag. Among those that are gone flags are mixed evenly.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { Fifo } from "./fifo.ts";

/** What the scan did with the pages that it met at the tail of an inactive list; the others went back to its head. */
export interface Met {
  readonly scanned: number;
  readonly evicted: number;
  readonly activated: number;
}

export class WasActive {
  /** With the flag: on the inactive list, and gone. */
  readonly #inactive = new Fifo();
  #gone = 0;

  /** `pages` come from the active list to an inactive one of `inactivePages`. */
  deactivated(pages: number, inactivePages: number): void {
    this.#inactive.add(pages, inactivePages);
  }

  /** `pages` of the list's `inactivePages` became active, wherever they were on it. */
  used(pages: number, inactivePages: number): void {
    if (pages > 0) this.#inactive.thin(Math.max(0, 1 - pages / inactivePages));
  }

  /** The scan met pages of a list that has `inactivePages` after it. */
  met({ scanned, evicted, activated }: Met, inactivePages: number): void {
    if (scanned <= 0) return;
    const flagged = this.#inactive.scan(scanned);
    const gone = Math.min(1, evicted / scanned);
    this.#gone += flagged * gone;
    this.#inactive.add(flagged * Math.max(0, 1 - gone - activated / scanned), inactivePages);
  }

  /** `pages` of `missingPages` came in again, the share `active` of them to the active list; returns those with the flag among these. */
  returned(pages: number, missingPages: number, active: number): number {
    const flagged = this.#gone * (pages > 0 ? pages / Math.max(pages, missingPages) : 0);
    this.#gone -= flagged;
    return flagged * active;
  }

  /** This share of the list is left, in memory and out of it. */
  keep(share: number): void {
    this.#inactive.thin(share);
    this.#gone *= share;
  }

  digest(hasher: Hasher): void {
    this.#inactive.digest(hasher);
    hasher.number(this.#gone);
  }
}
