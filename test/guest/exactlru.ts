/** Exact page-level replacement, as a reference: an LRU list, RANDOM, and references drawn page by page. */
import { Random } from "../../lib/engine/random.ts";

export class ExactLru {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #resident: Uint8Array;
  readonly #head: number;
  count = 0;

  constructor(pages: number) {
    this.#next = new Int32Array(pages + 1);
    this.#previous = new Int32Array(pages + 1);
    this.#resident = new Uint8Array(pages);
    this.#head = pages;
    this.#next[pages] = pages;
    this.#previous[pages] = pages;
  }

  /** Touches a page in a memory of `capacity` pages; whether it missed. */
  touch(page: number, capacity: number): boolean {
    const miss = this.#resident[page] === 0;
    if (miss) {
      this.#resident[page] = 1;
      this.count++;
    } else this.#unlink(page);
    const first = this.#next[this.#head] as number;
    this.#next[this.#head] = page;
    this.#previous[page] = this.#head;
    this.#next[page] = first;
    this.#previous[first] = page;
    this.trim(capacity);
    return miss;
  }

  /** Evicts the oldest pages beyond the capacity. */
  trim(capacity: number): void {
    while (this.count > capacity) {
      const oldest = this.#previous[this.#head] as number;
      this.#unlink(oldest);
      this.#resident[oldest] = 0;
      this.count--;
    }
  }

  #unlink(page: number): void {
    const next = this.#next[page] as number;
    const previous = this.#previous[page] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }
}

/** Draws ranks 0.. of a Zipf law by Walker's alias method. */
export class ZipfSampler {
  readonly #pages: number;
  readonly #chance: Float64Array;
  readonly #alias: Int32Array;
  readonly #random: Random;

  constructor(pages: number, exponent: number, seed: number) {
    this.#pages = pages;
    this.#random = new Random(seed, "zipf", "draws");
    const weights = Float64Array.from({ length: pages }, (_, rank) => (rank + 1) ** -exponent);
    const sum = weights.reduce((a, b) => a + b, 0);
    this.#chance = weights.map((weight) => (weight / sum) * pages);
    this.#alias = new Int32Array(pages);
    const small: number[] = [];
    const large: number[] = [];
    this.#chance.forEach((chance, i) => {
      (chance < 1 ? small : large).push(i);
    });
    while (small.length > 0 && large.length > 0) {
      const low = small.pop() as number;
      const high = large.at(-1) as number;
      this.#alias[low] = high;
      this.#chance[high] = (this.#chance[high] as number) + (this.#chance[low] as number) - 1;
      if ((this.#chance[high] as number) < 1) small.push(large.pop() as number);
    }
    for (const rest of [...small, ...large]) this.#chance[rest] = 1;
  }

  draw(): number {
    const i = this.#random.below(this.#pages);
    return this.#random.uniform() < (this.#chance[i] as number) ? i : (this.#alias[i] as number);
  }
}

/** A random permutation of 0..pages-1 in which the given share of places is dealt anew. */
export function dealt(pages: number, share: number, seed: number): Int32Array {
  const random = new Random(seed, "deal", "places");
  const order = Int32Array.from({ length: pages }, (_, i) => i);
  const places = [...order].filter(() => random.uniform() < share);
  for (let i = places.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [places[i] as number, places[j] as number];
    const page = order[a] as number;
    order[a] = order[b] as number;
    order[b] = page;
  }
  return order;
}
