/**
 * A cyclic scan under lives: its pages were touched one after the other, so each one's age is known, and it is left if it was not
 * picked too often since the scan came by. The state is a line in pieces: how often a page was picked in the mean up to each touch
 * of the last round. In steady state a scan of W pages in C misses with m = 1 - e^(-m W/C) under RANDOM.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Region } from "../region.ts";
import type { Ageing } from "./ageing.ts";
import { History } from "./history.ts";
import { survivalOf } from "./poisson.ts";

/** So few picks hardly bend the survival. */
const STRAIGHT = 1e-6;

export class LoopAgeing implements Ageing {
  readonly #region: Region;
  readonly #lives: number;
  readonly #history: History;
  /** Touches whose evictions are still to come, and how often survive() foresaw that a page is picked meanwhile. */
  #pending = 0;
  #foreseen = 0;
  pressure = 0;
  misses = 0;
  slope = 0;

  constructor(region: Region, lives: number) {
    this.#region = region;
    this.#lives = lives;
    this.#history = new History(lives);
  }

  get headMissing(): number {
    const { touchedPages } = this.#region;
    return touchedPages > 0 && (this.#region.missing[0] as number) > 0
      ? 1 - survivalOf(this.#history.picksSince(touchedPages), this.#lives).left
      : 0;
  }

  /** Touches of the region per access of the workload. */
  get #flow(): number {
    return (this.#region.pages[0] as number) * (this.#region.rate[0] as number);
  }

  mark(): void {
    this.#flush();
  }

  shift(): void {}

  grow(_before: number, pages: number): void {
    this.#extend(pages, 0);
  }

  shrink(kept: number): void {
    this.#history.shrink(kept);
  }

  clear(): void {
    this.#history.clear();
    this.#pending = 0;
  }

  pass(accesses: number, _touches: number, full: boolean): void {
    this.#flush();
    if (full) this.look(accesses);
    else this.#extend(accesses * this.#flow, 0);
  }

  look(accesses: number): void {
    this.#pending = accesses * this.#flow;
  }

  #flush(): void {
    if (this.#pending > 0) this.#extend(this.#pending, 0);
    this.#pending = 0;
  }

  #extend(touches: number, picks: number): void {
    this.#history.extend(touches, picks, this.#region.touchedPages);
  }

  expect(accesses: number): void {
    this.#foresee(accesses, this.pressure);
  }

  fill(accesses: number): void {
    this.#foresee(accesses, 0);
  }

  /** The scan comes to the oldest pages first, which go on being picked until it does; after a round, to those of this stretch. */
  #foresee(accesses: number, pressure: number): void {
    const { touchedPages } = this.#region;
    const flow = this.#flow;
    const touches = accesses * flow;
    const perTouch = flow > 0 ? pressure / flow : 0;
    const first = Math.min(touches, touchedPages);
    const round = survivalOf(perTouch * touchedPages, this.#lives).left;
    this.misses = Math.max(0, first - this.#history.ahead(touchedPages, first, perTouch).left + (touches - first) * (1 - round));
    const picks = this.#history.picksSince(touchedPages - first) + perTouch * first;
    this.slope = flow * (touches > first ? 1 - round : 1 - survivalOf(picks, this.#lives).left);
  }

  missesOf(): number {
    return this.misses;
  }

  /** `spared`: chance that a page was not picked. */
  survive(spared: number): number {
    const { touchedPages, next } = this.#region;
    this.#foreseen = -Math.log(spared);
    const young = Math.min(this.#pending, touchedPages);
    const old = this.#history.recent(touchedPages - young, this.#foreseen);
    const picks = this.#pending > 0 ? (this.#foreseen * young) / this.#pending : 0;
    const { left, integral } = survivalOf(picks, this.#lives);
    const straight = picks < STRAIGHT;
    const mean = straight ? 1 : integral / picks;
    next[0] = Math.max(0, 1 - (old.left + young * mean) / touchedPages);
    const fall = straight ? (this.#lives === 1 ? 0.5 : 0) : (mean - left) / picks;
    return (old.last + (this.#pending > 0 ? (young * young * fall) / this.#pending : 0)) / spared;
  }

  commit(): void {
    this.#extend(this.#pending, this.#foreseen);
    this.#pending = 0;
  }

  forget(): void {}

  unused(accesses: number): void {
    this.#region.next[0] = Math.max(0, 1 - (this.#region.rate[0] as number) * accesses);
  }

  digest(hasher: Hasher): void {
    this.#history.digest(hasher);
    hasher.number(this.#pending);
  }
}
