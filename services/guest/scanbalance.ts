/**
 * How reclaim divides its scan between anonymous memory and file cache: get_scan_count() and lru_note_cost(), mm/vmscan.c
 * and mm/swap.c.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

/** What one I/O weighs against one rotated page: SWAP_CLUSTER_MAX. */
const IO_COST = 32;
/** Evicting this share of the cache without anyone asking for it back makes it count as not in use. */
const FORGET_SHARE = 1 / 8;

export interface Sizes {
  readonly anonymousPages: number;
  readonly filePages: number;
  readonly freePages: number;
  readonly highPages: number;
}

export class ScanBalance {
  readonly #swappiness: number;
  #anonymousCost = 0;
  #fileCost = 0;
  /** File pages read again after they had been dropped; evictions without such reads make it fade. */
  #refaults = 0;

  constructor(swappiness: number) {
    this.#swappiness = swappiness;
  }

  /** Share of the pages to reclaim that anonymous memory is to give. */
  anonymousShare({ anonymousPages, filePages, freePages, highPages }: Sizes): number {
    if (anonymousPages <= 0) return 0;
    if (filePages + freePages <= highPages) return 1;
    // cache_trim_mode: cache that nobody has asked for again goes first.
    if (this.#swappiness === 0 || this.#refaults < 1) return 0;
    const total = this.#anonymousCost + this.#fileCost;
    const sum = 3 * total;
    const anonymous = (anonymousPages * this.#swappiness * (sum + 1)) / (total + this.#anonymousCost + 1);
    const file = (filePages * (200 - this.#swappiness) * (sum + 1)) / (total + this.#fileCost + 1);
    return anonymous / (anonymous + file);
  }

  /** Pages read again after their eviction. */
  noteRefaults(anonymous: number, file: number): void {
    this.#anonymousCost += IO_COST * anonymous;
    this.#fileCost += IO_COST * file;
    this.#refaults += file;
  }

  /** Pages written to make room. */
  noteWrites(anonymous: number, file: number): void {
    this.#anonymousCost += IO_COST * anonymous;
    this.#fileCost += IO_COST * file;
  }

  /** File pages were dropped, of `filePages`. */
  noteDropped(pages: number, filePages: number): void {
    this.#refaults *= Math.max(0, 1 - pages / (filePages * FORGET_SHARE + 1));
  }

  /** Old costs fade once they exceed a quarter of the lists. */
  fade(listPages: number): void {
    if (this.#anonymousCost + this.#fileCost <= listPages / 4) return;
    this.#anonymousCost /= 2;
    this.#fileCost /= 2;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#anonymousCost);
    hasher.number(this.#fileCost);
    hasher.number(this.#refaults);
  }
}
