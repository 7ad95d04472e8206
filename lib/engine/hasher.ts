/**
 * The run digest's hash: two lanes of 32 bits, mixed as MurmurHash3 mixes its own, over a canonical sequence of numbers.
 *
 * It hashes values, never wire bytes: two encodings of one message must give one digest. It guards against accident,
 * not against an adversary.
 */

import { assert } from "../errors.ts";

const numbersOnly = (): string => "every figure of a message or a state is a number";

/** Signed: all of its values are small integers to the engine. */
const words = new Int32Array(2);
const double = new Float64Array(words.buffer);

export class Hasher {
  #low: number;
  #high: number;

  constructor(low = 0x9747b28c, high = 0x5bd1e995) {
    this.#low = low;
    this.#high = high;
  }

  /** An unsigned integer below 2^32, or a boolean as 0 or 1. */
  word(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    let low = this.#low ^ Math.imul(k, 0x1b873593);
    low = (low << 13) | (low >>> 19);
    this.#low = (Math.imul(low, 5) + 0xe6546b64) | 0;
    let high = this.#high ^ Math.imul(value ^ this.#low, 0x85ebca6b);
    high = (high << 17) | (high >>> 15);
    this.#high = Math.imul(high, 0xc2b2ae35) ^ (high >>> 16);
  }

  /** Any number, by the bits of the double, a half into each lane as in MurmurHash3_x86_128; -0 counts as 0. NaN is a defect's. */
  number(value: number): void {
    assert(!Number.isNaN(value), numbersOnly);
    double[0] = value + 0;
    let k = Math.imul(words[0] as number, 0x239b961b);
    k = (k << 15) | (k >>> 17);
    let low = this.#low ^ Math.imul(k, 0xab0e9789);
    low = ((low << 19) | (low >>> 13)) + this.#high;
    low = (Math.imul(low, 5) + 0x561ccd1b) | 0;
    k = Math.imul(words[1] as number, 0xab0e9789);
    k = (k << 16) | (k >>> 16);
    let high = this.#high ^ Math.imul(k, 0x38b34ae5);
    high = ((high << 17) | (high >>> 15)) + low;
    this.#low = low;
    this.#high = (Math.imul(high, 5) + 0x0bcaa747) | 0;
  }

  text(value: string): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }

  /** Sixteen hexadecimal digits. The hasher can go on. */
  hex(): string {
    return hex32(avalanche(this.#low)) + hex32(avalanche(this.#high ^ this.#low));
  }
}

/** A 32-bit hash of a text, for seeds and labels. */
export function hashText(text: string, seed = 0): number {
  const hasher = new Hasher(seed | 0, 0x27d4eb2f);
  hasher.text(text);
  return Number.parseInt(hasher.hex().slice(0, 8), 16);
}

function avalanche(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
