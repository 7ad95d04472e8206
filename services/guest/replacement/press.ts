/**
 * How hard pages are pressed out of a list, as one number, its level.
 *
 * Of an LRU list it is the cut, the age in accesses of the workload beyond which pages are gone: without eviction it grows with the
 * accesses, and evicting to a capacity brings it to where just that many pages are younger. Where pages have lives it is the
 * chance that a page was not picked since the list was last settled.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Lives } from "../../../lib/scenario/scenario.ts";
import type { Region } from "../region.ts";

const MAX_ROUNDS = 80;
/** Share of the misses by which a look ahead may be off. */
const AIM_SHARE = 1e-3;
/** Fewer misses than this press nothing out. */
const LEAST_MISSES = 1e-6;
/** While the miss rate moves by more than this share from one stretch to the next, a stretch is taken in pieces. */
const MOVING_SHARE = 0.02;
/** Accesses of a piece, per resident page; and most pieces of one stretch. */
const PIECE_SHARE = 1 / 32;
const MOST_PIECES = 8;

/** No page is older than so many accesses: a level beyond presses out nothing more. */
export const OLDEST = Number.MAX_SAFE_INTEGER;

export class Press {
  readonly #regions: readonly Region[];
  readonly #lru: boolean;
  /** Level at which nothing is gone. */
  readonly #whole: number;
  #level: number;
  /** Miss rate when the last stretch began. */
  #rateBefore = 0;

  constructor(regions: readonly Region[], lives: Lives) {
    this.#regions = regions;
    this.#lru = lives === "lru";
    this.#whole = this.#lru ? Number.POSITIVE_INFINITY : 1;
    this.#level = this.#whole;
  }

  /** No page of the list is older than so many accesses. */
  get oldestAge(): number {
    return this.#lru ? this.#level : Number.POSITIVE_INFINITY;
  }

  /** Accesses go by without eviction. */
  pass(accesses: number): void {
    if (this.#lru) this.#set(this.#level + accesses);
  }

  /** Nothing is missing any more. */
  lift(): void {
    this.#set(this.#whole);
    if (!this.#lru) this.#residentAt(this.#whole);
  }

  /** Finds the level with `pages` resident ones, and leaves the regions' missing shares in their `next`. */
  settle(pages: number, tolerance: number): void {
    this.#set(this.#levelFor(pages, tolerance));
  }

  /**
   * In how many pieces to take a stretch of full memory: what is foreseen for it holds the pressure constant, which moves fast after
   * a cut or a shift.
   */
  piecesOf(accesses: number, missRate: number, residentPages: number): number {
    const moved = Math.abs(missRate - this.#rateBefore);
    this.#rateBefore = missRate;
    if (moved <= MOVING_SHARE * missRate) return 1;
    return Math.max(1, Math.min(MOST_PIECES, Math.ceil(accesses / (PIECE_SHARE * Math.max(1, residentPages)))));
  }

  /** Where pages have lives: how often they are picked if evictions balance the misses of about `accesses`. */
  aim(accesses: number, missRate: number, residentPages: number): void {
    if (this.#lru) return;
    let picks = 0;
    if (missRate * accesses > LEAST_MISSES) {
      for (const region of this.#regions) region.ageing.look(accesses);
      picks = -Math.log(this.#levelFor(residentPages, AIM_SHARE * missRate * accesses));
    }
    for (const region of this.#regions) {
      region.ageing.look(0);
      region.ageing.pressure = picks > 0 ? picks / accesses : 0;
    }
  }

  /** Newton's method from the present level, kept inside a bracket: the sum is concave but for the seams of old changes. */
  #levelFor(pages: number, tolerance: number): number {
    let low = 0;
    let high = this.#whole;
    let level = this.#level < high && this.#level > 0 ? this.#level : Math.min(Math.max(1, pages), high);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const error = this.#residentAt(level) - pages;
      if (Math.abs(error) <= tolerance) break;
      if (error < 0) low = level;
      else high = level;
      let slope = 0;
      for (const region of this.#regions) slope += region.missSlope;
      const newton = level - error / slope;
      if (newton > low && newton < high && slope > 0) level = newton;
      else if (high < Number.POSITIVE_INFINITY) level = low > 0 && high > 4 * low ? Math.sqrt(low * high) : (low + high) / 2;
      else if (level >= OLDEST) break;
      else level = level * 4 + 1;
    }
    return level;
  }

  #residentAt(level: number): number {
    let sum = 0;
    for (const region of this.#regions) sum += region.survive(level);
    return sum;
  }

  #set(level: number): void {
    this.#level = level;
    if (this.#lru) for (const region of this.#regions) region.ageing.pressure = level;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#level);
  }
}
