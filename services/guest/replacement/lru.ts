/** LRU: pages are gone once they are older than the list's cut. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { Recency } from "../recency.ts";
import type { Region } from "../region.ts";
import { Unsettled } from "../unsettled.ts";
import type { Ageing } from "./ageing.ts";

export class LruAgeing implements Ageing {
  readonly #region: Region;
  readonly recency: Recency;
  readonly #unsettled: Unsettled;
  /** The last expect() took the misses to go on as they are. */
  #steady = false;
  pressure = Number.POSITIVE_INFINITY;
  misses = 0;
  slope = 0;

  constructor(region: Region) {
    this.#region = region;
    this.recency = new Recency(region.pages.length);
    this.#unsettled = new Unsettled(region.pages.length);
  }

  /** A scan that misses at all misses always: it comes to the oldest pages. */
  get headMissing(): number {
    return (this.#region.missing[0] as number) > 0 ? 1 : 0;
  }

  mark(): void {
    this.recency.mark(this.#region.rate, this.#region.share === 0);
  }

  shift(share: number): void {
    this.recency.shift(share);
  }

  grow(before: number, pages: number): void {
    this.recency.grow(before, pages, this.#region.rate, this.#region.share === 0);
  }

  shrink(): void {}

  clear(): void {
    this.recency.mark(this.#region.rate, false);
  }

  pass(accesses: number, touches: number): void {
    this.recency.advance(accesses, touches, this.#region.growing);
  }

  look(): void {}

  /** The misses of a settled region go on at the present rate. */
  expect(accesses: number): void {
    const region = this.#region;
    this.#steady = this.settled;
    if (this.#steady) {
      this.misses = region.missRate * accesses;
      this.slope = region.missRate;
      return;
    }
    const window = this.pressure === Number.POSITIVE_INFINITY ? this.pressure : this.pressure * this.recency.density(region.growing);
    this.#unsettled.expect(region, window, accesses);
    this.misses = this.#unsettled.total;
    this.slope = this.#unsettled.slope;
  }

  /** All that is missing went at the present rates: each class misses what the cut leaves out of it, and goes on doing so. */
  get settled(): boolean {
    return this.#region.missingPages === 0 || this.#region.scan || this.recency.since >= this.pressure;
  }

  missesOf(i: number, accesses: number): number {
    return this.#steady ? this.#region.missRateOf(i) * accesses : (this.#unsettled.misses[i] as number);
  }

  /** A scan meets the pages that it missed longest first: it comes to the absent ones at its full rate. */
  fill(accesses: number): void {
    const { pages, rate, missing } = this.#region;
    const flow = (pages[0] as number) * (rate[0] as number);
    const absent = (pages[0] as number) * (missing[0] as number);
    this.misses = Math.min(absent, flow * accesses);
    this.slope = this.misses < absent ? flow : 0;
  }

  survive(cut: number): number {
    const { pages, rate, next, scan } = this.#region;
    return scan ? this.recency.unscanned(cut, pages, rate, next) : this.recency.untouched(cut, pages, rate, next);
  }

  commit(): void {}

  forget(accesses: number): void {
    if (this.#region.scan) return;
    this.mark();
    this.recency.pass(Math.max(1, accesses));
  }

  unused(accesses: number): void {
    this.survive(accesses);
  }

  digest(hasher: Hasher): void {
    this.recency.digest(hasher);
  }
}
