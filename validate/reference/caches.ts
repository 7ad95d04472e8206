/**
 * Exact page-level replacement: LRU, FIFO, RANDOM and CLOCK, kept page by page.
 *
 * A cache holds whole pages up to its capacity. `access` says what the reference did; `evict` takes one page by the
 * policy's own rule, which is how a capacity is cut.
 */
import type { Random } from "../../lib/engine/random.ts";

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

export type CacheKind = "lru" | "fifo" | "random" | "clock";

export function makeCache(kind: CacheKind, pages: number, capacity: number, random: Random): PageCache {
  if (kind === "random") return new RandomCache(pages, capacity, random);
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

/** Every resident page is as likely a victim as any other. */
class RandomCache implements PageCache {
  readonly #slotOf: Int32Array;
  readonly #pageAt: Int32Array;
  readonly #random: Random;
  #capacity: number;
  #resident = 0;

  constructor(pages: number, capacity: number, random: Random) {
    this.#slotOf = new Int32Array(pages).fill(-1);
    this.#pageAt = new Int32Array(pages);
    this.#capacity = capacity;
    this.#random = random;
  }

  get residentPages(): number {
    return this.#resident;
  }

  has(page: number): boolean {
    return this.#slotOf[page] !== -1;
  }

  access(page: number): number {
    if (this.has(page)) return HIT;
    const victim = this.#resident >= this.#capacity ? this.evict() : FILLED;
    this.#pageAt[this.#resident] = page;
    this.#slotOf[page] = this.#resident;
    this.#resident++;
    return victim;
  }

  setCapacity(pages: number): void {
    this.#capacity = pages;
  }

  evict(): number {
    const slot = this.#random.below(this.#resident);
    const victim = this.#pageAt[slot] as number;
    this.#resident--;
    const last = this.#pageAt[this.#resident] as number;
    this.#pageAt[slot] = last;
    this.#slotOf[last] = slot;
    this.#slotOf[victim] = -1;
    return victim;
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
