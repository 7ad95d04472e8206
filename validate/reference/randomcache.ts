/** Victims drawn at random, page by page: RANDOM, and pages with several lives. */
import type { Random } from "../../lib/engine/random.ts";
import { FILLED, HIT, type PageCache } from "./pagecache.ts";

/** Every resident page is as likely a victim as any other. */
export class RandomCache implements PageCache {
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

/** Victims are picked at random; a page goes when it was picked `lives` times since its last touch. */
export class LivesCache implements PageCache {
  readonly #pool: RandomCache;
  readonly #lost: Uint8Array;
  readonly #lives: number;
  #capacity: number;

  constructor(pages: number, capacity: number, lives: number, random: Random) {
    this.#pool = new RandomCache(pages, Number.POSITIVE_INFINITY, random);
    this.#lost = new Uint8Array(pages);
    this.#lives = lives;
    this.#capacity = capacity;
  }

  get residentPages(): number {
    return this.#pool.residentPages;
  }

  has(page: number): boolean {
    return this.#pool.has(page);
  }

  access(page: number): number {
    const victim = !this.has(page) && this.residentPages >= this.#capacity ? this.evict() : FILLED;
    this.#lost[page] = 0;
    return this.#pool.access(page) === HIT ? HIT : victim;
  }

  setCapacity(pages: number): void {
    this.#capacity = pages;
  }

  evict(): number {
    for (;;) {
      const page = this.#pool.evict();
      if (++(this.#lost[page] as number) >= this.#lives) return page;
      this.#pool.access(page);
    }
  }
}
