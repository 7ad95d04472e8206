/**
 * Random streams: sfc32 (Chris Doty-Humphrey, PractRand), one per (seed, actor, purpose).
 *
 * Only exp, log and sqrt are used: their bits are the same on every supported Node version (docs/decisions/0002).
 */
import { hashText } from "./hasher.ts";

/** The inversion of a binomial distribution begins at the chance of none: far above what a double rounds away. */
const LEAST_CHANCE = 1e-9;
/** More values of a uniform draw: 2^20. */
const FINE = 1_048_576;

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, actor: string, purpose: string) {
    const label = `${seed}/${actor}/${purpose}`;
    this.#a = hashText(label, 1) | 0;
    this.#b = hashText(label, 2) | 0;
    this.#c = hashText(label, 3) | 0;
    for (let i = 0; i < 12; i++) this.word();
  }

  /** Uniform integer in [0, 2^32). */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), 32 bits. */
  uniform(): number {
    return this.word() / 4294967296;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Standard normal, Marsaglia's polar method. */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }

  /** Number of successes in `trials` of chance `p`: the distribution inverted, from none upwards; of many, in parts. */
  binomial(trials: number, p: number): number {
    if (p <= 0 || trials <= 0) return 0;
    if (p >= 1) return trials;
    if (p > 0.5) return trials - this.binomial(trials, 1 - p);
    const none = Math.exp(trials * Math.log(1 - p));
    if (none < LEAST_CHANCE) return this.binomial(trials >> 1, p) + this.binomial(trials - (trials >> 1), p);
    const odds = p / (1 - p);
    let rest = this.#fine();
    let successes = 0;
    for (let chance = none; rest >= chance && successes < trials; chance *= ((trials - successes + 1) / successes) * odds) {
      rest -= chance;
      successes++;
    }
    return successes;
  }

  /** Uniform in [0, 1), 52 bits: the tail of a distribution needs more than 32. */
  #fine(): number {
    return (this.below(FINE) + this.uniform()) / FINE;
  }
}
