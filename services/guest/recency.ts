/**
 * When each page of a region was last used: the share of every heat class that was not touched in the last `cut`
 * accesses of the workload. Under LRU that share is missing, so the state of a list is one number, its cut
 * (docs/model.md section 3; Che's characteristic time).
 *
 * Since the region's last change (`since` accesses ago) its pages were drawn at the present rates. Pages not drawn
 * since then are as old as the change left them: `own` of them aged under their class's past rate, `pooled` were dealt
 * to the classes at random (a shift of popularity) and so age as the region's average, `fresh` were touched in order
 * while the region grew by them. That keeps the way there exact, not just the steady state.
 *
 * Ages count on the list's clock: every access of the workload, and every first touch of a growing region.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { decayOf } from "./decay.ts";

export class Recency {
  /** Clock since the change, and how much of it were accesses; before that, `gap` in which the region had none. */
  since = 0;
  drawn = 0;
  gap = 0;
  own = 1;
  pooled = 0;
  fresh = 0;
  /** Clock that the growth took, and how much of it were accesses. */
  span = 1;
  spanDrawn = 1;
  /** Rates per page and access before the change. */
  past: Float64Array;

  constructor(classes: number) {
    this.past = new Float64Array(classes);
  }

  /** Share of the clock that is accesses: the rest are first touches of a region that grows. */
  density(growing: boolean): number {
    if (growing) return this.spanDrawn / this.span;
    return this.since > 0 ? this.drawn / this.since : 1;
  }

  /** A change begins: the present rates become the past ones. A region that nobody draws from keeps what it had. */
  mark(rate: Float64Array, idle: boolean): void {
    if (idle) {
      this.gap += this.since;
      this.since = 0;
      this.drawn = 0;
      return;
    }
    this.past.set(rate);
    this.since = 0;
    this.drawn = 0;
    this.gap = 0;
    this.own = 1;
    this.pooled = 0;
    this.fresh = 0;
    this.span = 1;
    this.spanDrawn = 1;
  }

  /** After mark(): the given share of the pages is dealt anew. Of pages that nobody has drawn yet the ages know no class. */
  shift(share: number): void {
    if (this.past.every((rate) => rate === 0)) return;
    this.own *= 1 - share;
    this.fresh *= 1 - share;
    this.pooled += (1 - this.pooled) * share;
  }

  /** After mark(): all pages count as touched in order, within the last `span` accesses. */
  pass(span: number): void {
    this.own = 0;
    this.pooled = 0;
    this.fresh = 1;
    this.span = span;
    this.spanDrawn = span;
  }

  /** `pages` new ones join `before` old ones, touched just now. */
  grow(before: number, pages: number, rate: Float64Array, idle: boolean): void {
    const kept = before / (before + pages);
    this.own *= kept;
    this.pooled *= kept;
    this.fresh = this.fresh * kept + (1 - kept);
    this.span += pages;
    if (!idle) this.past.set(rate);
  }

  /** `accesses` of the workload and first touches of other regions go by. */
  advance(accesses: number, touches: number, growing: boolean): void {
    if (growing) {
      this.span += accesses + touches;
      this.spanDrawn += accesses;
      return;
    }
    this.since += accesses + touches;
    this.drawn += accesses;
  }

  /**
   * Writes each class's untouched share at `cut` into `into`; returns the derivative of touched pages by the cut.
   * `cut` is finite.
   */
  untouched(cut: number, pages: Float64Array, rate: Float64Array, into: Float64Array): number {
    const before = cut - this.since - this.gap;
    if (before > 0) return this.#old(before, pages, rate, into);
    const density = this.since > 0 ? this.drawn / this.since : 1;
    const inner = Math.min(cut, this.since) * density;
    let slope = 0;
    for (let i = 0; i < pages.length; i++) {
      const share = decayOf((rate[i] as number) * inner);
      into[i] = share;
      slope += (pages[i] as number) * (rate[i] as number) * share;
    }
    return cut < this.since ? slope * density : 0;
  }

  /** As `untouched`, for a cut that reaches back beyond the change by `before` accesses. */
  #old(before: number, pages: Float64Array, rate: Float64Array, into: Float64Array): number {
    const { past, own, pooled, fresh, span, spanDrawn, drawn } = this;
    const growing = before < span;
    const density = growing ? spanDrawn / span : 1;
    const draws = growing ? before * density : spanDrawn + before - span;
    let dealt = 0;
    let dealtSlope = 0;
    if (pooled > 0) {
      let total = 0;
      for (let i = 0; i < pages.length; i++) {
        const left = (pages[i] as number) * decayOf((past[i] as number) * draws);
        total += pages[i] as number;
        dealt += left;
        dealtSlope += left * (past[i] as number);
      }
      dealt *= pooled / total;
      dealtSlope *= (pooled / total) * density;
    }
    const inOrder = growing ? fresh * (1 - before / span) : 0;
    const inOrderSlope = growing ? fresh / span : 0;
    let slope = 0;
    for (let i = 0; i < pages.length; i++) {
      const spared = drawn > 0 ? decayOf((rate[i] as number) * drawn) : 1;
      const aged = own + fresh > 0 ? decayOf((past[i] as number) * draws) : 0;
      into[i] = spared * (aged * (own + inOrder) + dealt);
      slope += (pages[i] as number) * spared * (aged * ((past[i] as number) * density * (own + inOrder) + inOrderSlope) + dealtSlope);
    }
    return slope;
  }

  /** As `untouched`, for a cyclic scan: ages are spread evenly over one round. */
  unscanned(cut: number, pages: Float64Array, rate: Float64Array, into: Float64Array): number {
    const before = Math.max(0, cut - this.since - this.gap);
    const past = (this.past[0] as number) > 0 ? (this.past[0] as number) : 1 / this.span;
    const share = Math.max(0, 1 - (rate[0] as number) * Math.min(cut, this.since) - past * before);
    into[0] = share;
    if (share === 0) return 0;
    return (pages[0] as number) * (before > 0 ? past : cut < this.since ? (rate[0] as number) : 0);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.since);
    hasher.number(this.drawn);
    hasher.number(this.gap);
    hasher.number(this.own);
    hasher.number(this.pooled);
    hasher.number(this.fresh);
    hasher.number(this.span);
  }
}
