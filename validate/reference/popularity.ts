/** Independent references: the probabilities of a popularity law, and draws from them. */
import type { Random } from "../../lib/engine/random.ts";

/** Chance of each page, most popular first; sums to 1. Exponent 0 is the uniform law. */
export function zipf(pages: number, exponent: number): Float64Array {
  const chance = new Float64Array(pages);
  let sum = 0;
  for (let rank = 0; rank < pages; rank++) {
    chance[rank] = Math.exp(-exponent * Math.log(rank + 1));
    sum += chance[rank] as number;
  }
  for (let rank = 0; rank < pages; rank++) (chance[rank] as number) /= sum;
  return chance;
}

/** Draws from any discrete law in constant time (Vose, IEEE TSE 17(9), 1991). */
export class AliasSampler {
  readonly #threshold: Float64Array;
  readonly #alias: Int32Array;
  readonly #random: Random;

  constructor(chance: Float64Array, random: Random) {
    const n = chance.length;
    this.#random = random;
    this.#threshold = Float64Array.from(chance, (p) => p * n);
    this.#alias = Int32Array.from(chance, (_, i) => i);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < n; i++) ((this.#threshold[i] as number) < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const [less, more] = [small.pop() as number, large[large.length - 1] as number];
      this.#alias[less] = more;
      this.#threshold[more] = (this.#threshold[more] as number) - (1 - (this.#threshold[less] as number));
      if ((this.#threshold[more] as number) < 1) small.push(large.pop() as number);
    }
    // What rounding left over is exactly 1.
    for (const i of small.concat(large)) this.#threshold[i] = 1;
  }

  draw(): number {
    const at = this.#random.uniform() * this.#threshold.length;
    const column = Math.floor(at);
    return at - column < (this.#threshold[column] as number) ? column : (this.#alias[column] as number);
  }
}

/** Permutes the members of `items` at `indices` among themselves, uniformly (Fisher and Yates). */
export function shuffleAmong(items: Int32Array, indices: Int32Array, random: Random): void {
  for (let i = indices.length - 1; i > 0; i--) {
    const [a, b] = [indices[i] as number, indices[random.below(i + 1)] as number];
    const held = items[a] as number;
    items[a] = items[b] as number;
    items[b] = held;
  }
}

/** `count` different numbers below `bound`, each set as likely as any other. */
export function choose(bound: number, count: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: bound }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(bound - i);
    const held = all[i] as number;
    all[i] = all[j] as number;
    all[j] = held;
  }
  return all.slice(0, count);
}
