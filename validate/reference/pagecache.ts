/** A cache kept page by page. */

/** Nothing was evicted: the page was there, or there was room. */
export const HIT = -2;
export const FILLED = -1;

export interface PageCache {
  readonly residentPages: number;
  has(page: number): boolean;
  /** HIT, FILLED, or the page that was evicted to make room for this one. */
  access(page: number): number;
  setCapacity(pages: number): void;
  /** Evicts one page and returns it. */
  evict(): number;
}
