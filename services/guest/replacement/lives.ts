/**
 * A page has some lives. Reclaim picks resident pages at random, and each pick takes a life; a touch gives all of them back. One
 * life is RANDOM (and, under independent references, FIFO in the mean); more are ever nearer to LRU.
 *
 * Picked r times per access, a page that takes q of the accesses is missing with (r / (q + r))^k = (1 + q T / k)^-k, where T = k / r:
 * the k-family of docs/model.md section 3, with k lives. On the way there a class is its pages by lives lost.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { decayOf } from "../decay.ts";
import type { Region } from "../region.ts";
import type { Ageing } from "./ageing.ts";
import { Lost } from "./lost.ts";
import { Stretch } from "./stretch.ts";

/** Of one page in one stretch: beyond, next to nothing is left that was not touched in it. */
const MOST_PICKS = 40;

export class LivesAgeing implements Ageing {
  readonly #region: Region;
  readonly #lives: number;
  readonly #lost: Lost;
  readonly #misses: Float64Array;
  readonly #stretch: Stretch;
  /** Accesses whose evictions are still to come, and the chance by class that a page is not among them. */
  #pending = 0;
  readonly #untouched: Float64Array;
  pressure = 0;
  misses = 0;
  slope = 0;
  readonly headMissing = 0;

  constructor(region: Region, lives: number) {
    const column = (): Float64Array => new Float64Array(region.pages.length);
    this.#region = region;
    this.#lives = lives;
    this.#lost = new Lost(region, lives);
    this.#misses = column();
    this.#stretch = new Stretch(lives);
    this.#untouched = column();
    this.clear();
  }

  clear(): void {
    this.#lost.clear();
    this.#pending = 0;
    this.#untouched.fill(1);
  }

  mark(): void {
    this.#flush();
  }

  shift(share: number): void {
    this.#lost.deal(share);
  }

  grow(before: number, pages: number): void {
    const { missing } = this.#region;
    for (let i = 0; i < missing.length; i++) {
      const old = Math.max(0, before - (missing[i] as number) * (before + pages));
      this.#lost.renew(i, old / (old + pages));
    }
  }

  shrink(): void {}

  pass(accesses: number, _touches: number, full: boolean): void {
    this.#flush();
    this.look(accesses);
    if (!full) this.#flush();
  }

  look(accesses: number): void {
    const { rate } = this.#region;
    for (let i = 0; i < rate.length; i++) this.#untouched[i] = decayOf((rate[i] as number) * accesses);
    this.#pending = accesses;
  }

  /** The pending accesses evict nothing. */
  #flush(): void {
    if (this.#pending === 0) return;
    const { missing } = this.#region;
    for (let i = 0; i < missing.length; i++) {
      const [absent, untouched] = [missing[i] as number, this.#untouched[i] as number];
      if (absent < 1) this.#lost.renew(i, ((1 - absent) * untouched) / (1 - absent * untouched));
    }
    this.#pending = 0;
    this.#untouched.fill(1);
  }

  /** The misses while pages are picked at the present rate. */
  expect(accesses: number): void {
    const { pages, rate } = this.#region;
    const picks = Math.min(MOST_PICKS, this.pressure * accesses);
    this.#stretch.pick(picks, Math.exp(-picks));
    this.misses = 0;
    this.slope = 0;
    if (picks === 0 && this.#region.missingPages === 0) {
      this.#misses.fill(0);
      return;
    }
    for (let i = 0; i < pages.length; i++) {
      const x = (rate[i] as number) * accesses;
      const untouched = decayOf(x);
      this.#stretch.touch(x, untouched);
      const misses = (pages[i] as number) * this.#missesPerPage(i, x, untouched);
      this.#misses[i] = misses;
      this.misses += misses;
      this.slope += (pages[i] as number) * (rate[i] as number) * this.#lost.age(i, untouched, this.#stretch);
    }
  }

  #missesPerPage(i: number, x: number, untouched: number): number {
    const { touched, again } = this.#stretch;
    const [once, missing] = [1 - untouched, this.#region.missing[i] as number];
    // At the first touch: missing before, or picked since as often as it had lives.
    let misses = missing * once;
    let sum = 0;
    for (let left = 1; left <= this.#lives; left++) {
      sum += touched[left - 1] as number;
      misses += (1 - missing) * this.#lost.of(this.#lives - left, i) * (once - sum);
    }
    // At a later one: picked so often since the one before.
    misses += x * (once - sum) - (once - x * untouched) + again;
    return Math.max(0, misses);
  }

  missesOf(i: number): number {
    return this.#misses[i] as number;
  }

  fill(): void {}

  /** `spared`: chance that a page was not picked. */
  survive(spared: number): number {
    const { pages, rate, next } = this.#region;
    this.#stretch.pick(-Math.log(spared), spared);
    let slope = 0;
    for (let i = 0; i < pages.length; i++) {
      const untouched = this.#untouched[i] as number;
      this.#stretch.touch((rate[i] as number) * this.#pending, untouched);
      next[i] = this.#lost.age(i, untouched, this.#stretch);
      slope += ((pages[i] as number) * (this.#stretch.fall + untouched * this.#lost.fall(i, this.#stretch))) / spared;
    }
    return slope;
  }

  commit(): void {
    this.#lost.commit();
    this.#pending = 0;
    this.#untouched.fill(1);
  }

  forget(): void {}

  unused(accesses: number): void {
    const { rate, next } = this.#region;
    for (let i = 0; i < rate.length; i++) next[i] = decayOf((rate[i] as number) * accesses);
  }

  digest(hasher: Hasher): void {
    this.#lost.digest(hasher);
    hasher.number(this.#pending);
  }
}
