/**
 * How reclaim divides its scan between anonymous memory and file cache: prepare_scan_count(), get_scan_count(), mm/vmscan.c,
 * and lru_note_cost(), mm/swap.c, of Linux 6.1.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

/** Pages on the lists, and what has happened since the last scan. */
export interface ListSizes {
  readonly inactiveAnonymous: number;
  readonly activeAnonymous: number;
  readonly inactiveFile: number;
  readonly activeFile: number;
  readonly freePages: number;
  readonly highPages: number;
  /** Some swap is free. */
  readonly swap: boolean;
  /** Pages came in again that count as working set: what is active may be stale. */
  readonly anonymousReturned: boolean;
  readonly fileReturned: boolean;
}

/** What the scan takes of each kind, in relation to the size of its lists, and whether it takes from the active ones. */
export interface ScanPlan {
  readonly anonymous: number;
  readonly file: number;
  readonly deactivateAnonymous: boolean;
  readonly deactivateFile: boolean;
}

/** Pages that a scan can reclaim, and how far it goes over the lists for them. */
export interface Yield {
  readonly anonymous: number;
  readonly file: number;
  /** In relation to the lists' sizes, before the plan's shares. */
  readonly extent: number;
}

export class ScanBalance {
  readonly #swappiness: number;
  #anonymousCost = 0;
  #fileCost = 0;

  constructor(swappiness: number) {
    this.#swappiness = swappiness;
  }

  plan(sizes: ListSizes): ScanPlan {
    // inactive_is_low(): below 1 GiB of lists the inactive one is to have half.
    const deactivateAnonymous = sizes.anonymousReturned || isLow(sizes.inactiveAnonymous, sizes.activeAnonymous);
    const deactivateFile = sizes.fileReturned || isLow(sizes.inactiveFile, sizes.activeFile);
    if (!sizes.swap) return { deactivateAnonymous, deactivateFile, anonymous: 0, file: 1 };
    const file = sizes.activeFile + sizes.inactiveFile;
    const tiny = file + sizes.freePages <= sizes.highPages;
    if (tiny && !deactivateAnonymous && sizes.inactiveAnonymous >= 1) return { deactivateAnonymous, deactivateFile, anonymous: 1, file: 0 };
    // cache_trim_mode: enough cache that nobody has asked for again goes first.
    if (this.#swappiness === 0 || (!deactivateFile && sizes.inactiveFile >= 1))
      return { deactivateAnonymous, deactivateFile, anonymous: 0, file: 1 };
    const total = this.#anonymousCost + this.#fileCost;
    const anonymousPart = this.#swappiness / (total + this.#anonymousCost + 1);
    const filePart = (200 - this.#swappiness) / (total + this.#fileCost + 1);
    const sum = anonymousPart + filePart;
    return { deactivateAnonymous, deactivateFile, anonymous: anonymousPart / sum, file: filePart / sum };
  }

  /** Pages that were written to make room, or came in again and had been active; old costs fade. */
  noteCost(anonymous: number, file: number, listPages: number): void {
    this.#anonymousCost += anonymous;
    this.#fileCost += file;
    if (this.#anonymousCost + this.#fileCost <= listPages / 4) return;
    this.#anonymousCost /= 2;
    this.#fileCost /= 2;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#anonymousCost);
    hasher.number(this.#fileCost);
  }
}

const PAGES_PER_GIB = 262_144;

/** The active list may be larger by the square root of ten times the lists' GiB. */
function isLow(inactive: number, active: number): boolean {
  const gib = Math.floor((inactive + active) / PAGES_PER_GIB);
  const ratio = gib > 0 ? Math.floor(Math.sqrt(10 * gib)) : 1;
  return inactive * ratio < active;
}
