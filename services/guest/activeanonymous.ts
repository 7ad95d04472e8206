/**
 * How much of anonymous memory is on the active list (mm/vmscan.c, folio_check_references(), of Linux 6.1): a page that the scan of the
 * inactive list finds used is marked (PG_referenced) and kept where it is; found used with its mark it becomes active. The scan of the
 * active list moves pages back whether they were used or not, and leaves the marks. Within a list marks are mixed evenly.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

/** Pages that changed lists. */
export interface Moved {
  readonly activated: number;
  readonly deactivated: number;
}

export class ActiveAnonymous {
  #pages = 0;
  /** With the mark: of the active list, and of the inactive one. */
  #markedActive = 0;
  #markedInactive = 0;

  set(other: ActiveAnonymous): void {
    this.#pages = other.#pages;
    this.#markedActive = other.#markedActive;
    this.#markedInactive = other.#markedInactive;
  }

  /** Of `resident` pages. */
  of(resident: number): number {
    return Math.min(this.#pages, resident);
  }

  /** Pages that came in again near enough to be active at once: without the mark. */
  add(pages: number): void {
    this.#pages += pages;
  }

  /** Pages with the mark were found used. */
  activate(pages: number): void {
    this.#pages += pages;
    this.#markedActive += pages;
  }

  /** Memory was freed, of this kind the share `kept` is left. */
  keep(kept: number): void {
    this.#pages *= kept;
    this.#markedActive *= kept;
    this.#markedInactive *= kept;
  }

  /**
   * The scan goes over `share` of both lists, of the active one if it is to be made smaller. Of the inactive pages it finds `used` used.
   * `first`: it has not come by here before, so none has the mark.
   */
  scan(
    share: number,
    used: number,
    resident: number,
    { first, deactivate }: { readonly first: boolean; readonly deactivate: boolean },
  ): Moved {
    const active = this.of(resident);
    const inactive = resident - active;
    const marked = first ? 0 : share * Math.min(this.#markedInactive, inactive);
    const activated = used * marked;
    const deactivated = deactivate ? share * active : 0;
    const unmarking = deactivate ? share * Math.min(this.#markedActive, active) : 0;
    // The marked ones that were not used are gone.
    this.#markedInactive = Math.min(this.#markedInactive, inactive) - marked + used * (share * inactive - marked) + unmarking;
    this.#markedActive = Math.min(this.#markedActive, active) - unmarking + activated;
    this.#pages = active - deactivated + activated;
    return { activated, deactivated };
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#pages);
    hasher.number(this.#markedActive);
    hasher.number(this.#markedInactive);
  }
}
