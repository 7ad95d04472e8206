/**
 * Exact page-level replacement: LRU, FIFO, RANDOM, CLOCK, and random picks that a page survives some of, kept page by page.
 *
 * A cache holds whole pages up to its capacity. `access` says what the reference did; `evict` takes one page by the
 * policy's own rule, which is how a capacity is cut.
 */
import type { Random } from "../../lib/engine/random.ts";
import { FILLED, HIT, type PageCache } from "./pagecache.ts";
import { LivesCache, RandomCache } from "./randomcache.ts";

export { FILLED, HIT, type PageCache } from "./pagecache.ts";

export type CacheKind = "lru" | "fifo" | "random" | "clock" | "two-lives" | "four-lives";

export function makeCache(kind: CacheKind, pages: number, capacity: number, random: Random): PageCache {
  if (kind === "random") return new RandomCache(pages, capacity, random);
  if (kind === "two-lives" || kind === "four-lives") return new LivesCache(pages, capacity, kind === "two-lives" ? 2 : 4, random);
  if (kind === "clock") return new ClockCache(pages, capacity);
  return new ListCache(pages, capacity, kind === "lru");
}

/** LRU, and without the move to the front, FIFO: a doubly linked list in arrays, with slot `pages` as its head. */
class ListCache implements PageCache {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #head: number;
  readonly #moves: boolean;
  #capacity: number;
  #resident = 0;

  constructor(pages: number, capacity: number, moves: boolean) {
    this.#next = new Int32Array(pages + 1).fill(-1);
    this.#previous = new Int32Array(pages + 1).fill(-1);
    this.#head = pages;
    this.#next[pages] = pages;
    this.#previous[pages] = pages;
    this.#capacity = capacity;
    this.#moves = moves;
  }

  get residentPages(): number {
    return this.#resident;
  }

  has(page: number): boolean {
    return this.#next[page] !== -1;
  }

  access(page: number): number {
    if (this.has(page)) {
      if (this.#moves) {
        this.#unlink(page);
        this.#link(page);
      }
      return HIT;
    }
    const victim = this.#resident >= this.#capacity ? this.evict() : FILLED;
    this.#link(page);
    this.#resident++;
    return victim;
  }

  setCapacity(pages: number): void {
    this.#capacity = pages;
  }

  evict(): number {
    const victim = this.#previous[this.#head] as number;
    this.#unlink(victim);
    this.#next[victim] = -1;
    this.#resident--;
    return victim;
  }

  #link(page: number): void {
    const first = this.#next[this.#head] as number;
    this.#next[page] = first;
    this.#previous[page] = this.#head;
    this.#previous[first] = page;
    this.#next[this.#head] = page;
  }

  #unlink(page: number): void {
    const [next, previous] = [this.#next[page] as number, this.#previous[page] as number];
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }
}

/** FIFO with a second chance: a page that was touched since it was last looked at goes to the end of the line again. */
class ClockCache implements PageCache {
  readonly #queue: ListCache;
  readonly #touched: Uint8Array;
  #capacity: number;

  constructor(pages: number, capacity: number) {
    this.#queue = new ListCache(pages, Number.POSITIVE_INFINITY, false);
    this.#touched = new Uint8Array(pages);
    this.#capacity = capacity;
  }

  get residentPages(): number {
    return this.#queue.residentPages;
  }

  has(page: number): boolean {
    return this.#queue.has(page);
  }

  access(page: number): number {
    if (this.has(page)) {
      this.#touched[page] = 1;
      return HIT;
    }
    const victim = this.residentPages >= this.#capacity ? this.evict() : FILLED;
    this.#queue.access(page);
    return victim;
  }

  setCapacity(pages: number): void {
    this.#capacity = pages;
  }

  evict(): number {
    for (;;) {
      const page = this.#queue.evict();
      if (this.#touched[page] === 0) return page;
      this.#touched[page] = 0;
      this.#queue.access(page);
    }
  }
}
