/**
 * The time that a request would wait if it came now, in its distribution over time, and how often each class of requests comes at
 * each length of that wait.
 *
 * The wait runs down by itself, and jumps up by the work of each arrival. As often as it falls through a level it must rise through
 * it (Brill and Posner, Operations Research 25(4), 1977), so its density at y is
 *   f(y) = last(y) + sum over classes of the integral from 0 to y of rate(u) f(u) P(service / channels > y - u) du
 * where last(y) are arrivals that took the last idle channel. Arrivals depend on the level, since customers who wait do not come:
 * so a closed network is solved with the open one, and what a class finds is f weighted by its rate (the arrival theorem). With
 * exponential services both are exact. Several channels are one fast channel while all are busy (Tijms, van Hoorn and Federgruen,
 * Adv. Appl. Prob. 13(1), 1981). Lines too long for the grid follow the equation's diffusion limit.
 */
import { Arrivals } from "./arrivals.ts";
import { Crossings } from "./crossings.ts";
import type { Customers } from "./customers.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { IdleStates } from "./idlestates.ts";
import { LEVELS } from "./levels.ts";
import type { ServiceTimes } from "./servicetimes.ts";

/** Levels in the shortest service, if lines are not long. */
const LEVELS_PER_SERVICE = 6;
/** Fewer than these are too wide, where they could be narrower. */
const LEAST_LEVELS = LEVELS / 4;
const NEGLIGIBLE = 1e-6;
const LARGE = 1e200;
const MOST_MARCHES = 40;
/** Largest exponent from level to level. */
const STEEPEST = 50;

export class VirtualWait {
  /** Squared coefficient of variation of services. */
  readonly variation2: number;
  readonly #channels: number;
  readonly #idle: IdleStates;
  readonly #arrivals: Arrivals;
  readonly #density = new Float64Array(LEVELS);
  readonly #crossings: readonly Crossings[];
  /** Per class, its part of the work that reaches the present level. */
  readonly #share: Float64Array;
  /** Levels from the lowest on up to where the density is negligible. */
  levels = 0;
  #classes: readonly Customers[] = [];
  #levelNs = 0;
  #fromNs = 0;
  /** Of the last solution: the width of levels from 0 on, and how many it took. */
  #wholeNs = 0;
  #wholeLevels = 0;
  /** Factor on the weights of the idle states. */
  #scale = 1;

  constructor(channels: number, banks: number, times: ServiceTimes, classes: number) {
    this.variation2 = times.variation2;
    this.#channels = channels;
    this.#idle = new IdleStates(channels, classes);
    this.#arrivals = new Arrivals(channels, banks, times, classes);
    this.#crossings = Array.from({ length: classes }, () => new Crossings(times));
    this.#share = new Float64Array(classes);
  }

  /** Finds the density for classes of which at least one has requests; `again`: on the levels of the last time. */
  solve(classes: readonly Customers[], elsewhere: Elsewhere, again = false): void {
    this.#classes = classes;
    this.#arrivals.begin(classes, elsewhere);
    this.#idle.solve(classes, this.#arrivals.thinkNs);
    const shortestNs = Math.min(...classes.map(({ serviceNs }) => serviceNs / this.#channels));
    // The last ones will do too if the line is not much shorter than it was.
    const lastNs = again || 2 * this.#wholeLevels > LEVELS ? this.#wholeNs : 0;
    const finestNs = shortestNs / LEVELS_PER_SERVICE;
    let levelNs = Math.max(lastNs, finestNs);
    for (let i = 0; i < MOST_MARCHES; i++) {
      const whole = this.#march(0, levelNs);
      // Levels made for a far longer line tell nothing of this one: all of it is in the lowest.
      const wide = i === 0 && levelNs > finestNs && this.levels < LEAST_LEVELS;
      if (whole && !wide) break;
      levelNs = whole ? finestNs : levelNs * this.#widening();
    }
    this.#wholeNs = this.#levelNs;
    this.#wholeLevels = this.levels;
    this.#narrow();
  }

  /** Chances of the waits that a class finds, by level, into `chance`; answers that of none, which a grid far above 0 has not. */
  found(k: number, chance: Float64Array): number {
    const none = this.#fromNs > 0 ? 0 : (this.#idle.arrivals[k] as number) * this.#scale;
    const rate = this.#arrivals.rate(k);
    let all = none;
    for (let i = 0; i < this.levels; i++) {
      chance[i] = (this.#density[i] as number) * (rate[i] as number) * this.#levelNs * (i === 0 ? 0.5 : 1);
      all += chance[i] as number;
    }
    if (all <= 0) return 1;
    for (let i = 0; i < this.levels; i++) chance[i] = (chance[i] as number) / all;
    return none / all;
  }

  /** Wait at a level. */
  waitNs(level: number): number {
    return this.#fromNs + level * this.#levelNs;
  }

  /** How much wider levels are to be, so that the density falls as far as it must. */
  #widening(): number {
    let peak = 0;
    for (let i = 0; i < LEVELS; i++) peak = Math.max(peak, this.#density[i] as number);
    const fallen = (this.#density[LEVELS - 1] as number) / peak;
    return fallen >= 0.7 ? 4 : Math.max(1.3, Math.min(4, (1.1 * Math.log(NEGLIGIBLE)) / Math.log(fallen)));
  }

  /** A line so long that its levels are far from 0 gets the whole grid for where it is. */
  #narrow(): void {
    if (this.#arrivals.resolved) return;
    let [peak, sum] = [0, 0];
    for (let i = 0; i < this.levels; i++) {
      peak = Math.max(peak, this.#density[i] as number);
      sum += (this.#density[i] as number) * this.#levelNs;
    }
    if (this.#idle.weight * this.#scale > NEGLIGIBLE * sum) return;
    let first = 0;
    while ((this.#density[first] as number) < NEGLIGIBLE * peak) first++;
    const lowNs = Math.max(0, first - 1) * this.#levelNs;
    let levelNs = (this.levels * this.#levelNs - lowNs) / (LEVELS - 1);
    for (let i = 0; i < MOST_MARCHES && !this.#march(lowNs, levelNs); i++) levelNs *= 1.1;
  }

  /** Goes up the levels until the density is negligible; false when they end before. */
  #march(fromNs: number, levelNs: number): boolean {
    this.#begin(fromNs, levelNs);
    const arrivals = this.#arrivals;
    let [peak, slope] = [0, 0];
    for (let i = 0; i < LEVELS; i++) {
      let density = fromNs > 0 ? 1 : this.#sources(i);
      arrivals.at(i, this.#share);
      if (arrivals.resolved) density = this.#crossedAt(i, density);
      else {
        const before = slope;
        slope = arrivals.slope();
        const exponent = Math.max(-STEEPEST, Math.min(STEEPEST, ((before + slope) / 2) * levelNs));
        if (i > 0) density = (this.#density[i - 1] as number) * Math.exp(exponent);
      }
      this.#density[i] = density;
      this.#take(i, density);
      peak = Math.max(peak, density);
      if (density > LARGE) {
        this.#shrink(i);
        peak /= LARGE;
      }
      if (density > NEGLIGIBLE * peak || (i < 4 && peak > 0)) continue;
      this.levels = i + 1;
      return true;
    }
    return false;
  }

  #begin(fromNs: number, levelNs: number): void {
    this.#fromNs = fromNs;
    this.#levelNs = levelNs;
    this.#scale = 1;
    this.levels = LEVELS;
    this.#arrivals.scan(fromNs, levelNs, this.#idle);
    for (let k = 0; k < this.#classes.length; k++) {
      const { serviceNs } = this.#classes[k] as Customers;
      (this.#crossings[k] as Crossings).begin(serviceNs, serviceNs / this.#channels, levelNs);
    }
  }

  /** Upward crossings of a level from below it and from the idle states, and whose work they are. */
  #sources(i: number): number {
    const y = i * this.#levelNs;
    const others = this.#channels === 1 ? 1 : this.#idle.othersLast(y, this.#crossings, this.#classes.length);
    let sum = 0;
    for (let k = 0; k < this.#classes.length; k++) {
      const of = this.#crossings[k] as Crossings;
      this.#share[k] = of.over(i) + (this.#idle.last[k] as number) * this.#scale * others * of.longer(y);
      sum += this.#share[k] as number;
    }
    if (sum > 0) for (let k = 0; k < this.#classes.length; k++) this.#share[k] = (this.#share[k] as number) / sum;
    return sum;
  }

  /** Arrivals at the level itself cross it too. */
  #crossedAt(i: number, crossing: number): number {
    if (i === 0) return crossing;
    let own = 0;
    for (let k = 0; k < this.#classes.length; k++) own += (this.#crossings[k] as Crossings).at(this.#arrivals.now(k));
    return crossing / Math.max(0.2, 1 - own);
  }

  #take(i: number, density: number): void {
    if (!this.#arrivals.resolved) return;
    for (let k = 0; k < this.#classes.length; k++) (this.#crossings[k] as Crossings).take(i, this.#arrivals.now(k) * density);
  }

  /** Only ratios matter. */
  #shrink(i: number): void {
    this.#scale /= LARGE;
    for (let j = 0; j <= i; j++) this.#density[j] = (this.#density[j] as number) / LARGE;
    for (let k = 0; k < this.#classes.length; k++) (this.#crossings[k] as Crossings).scale(i + 1, 1 / LARGE);
  }
}
