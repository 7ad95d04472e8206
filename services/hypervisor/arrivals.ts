/**
 * How often each class of requests comes while the wait at the device is of a given length: as often as its customers think then,
 * and not wait.
 *
 * Of customers whose services are about as long as the rest, the line holds rate x y at a wait of y when services are exponential
 * (the product form), and y / service when they are all alike; in between, the regression of the line on the wait in a long line mixes
 * the two by w = 2 v^2 / (1 + v^2). Behind a far longer service a customer is absent if it thought through what has passed of it.
 */
import { absences } from "./absences.ts";
import type { Customers } from "./customers.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { IdleStates } from "./idlestates.ts";
import { LEVELS } from "./levels.ts";
import type { ServiceTimes } from "./servicetimes.ts";

/** A service this much longer than another is what the other waits for, not part of the same line. */
const FAR_LONGER = 1.5;
/** Most of a long service's time that the work of those who gather behind it makes up for: so the wait runs down the more slowly. */
const MOST_GATHERING = 0.9;
/** Cells that the rates need to change in, for the sum over cells to be stable. */
const STABLE_CELLS = 4;
/** Part of the line, in the diffusion limit, that is what came last. */
const NEWEST = 1 / 8;

export class Arrivals {
  readonly #channels: number;
  readonly #banks: number;
  readonly #times: ServiceTimes;
  /** Share of the product form's line in a line. */
  readonly #mixing: number;
  readonly #rates: readonly Float64Array[];
  readonly #now: Float64Array;
  readonly #before: Float64Array;
  readonly #share: Float64Array;
  /** Per pair of classes: chance that one is absent when of the other's service a level is left. */
  readonly #absent: (Float64Array | undefined)[];
  /** What a class thinks between two requests to these channels. */
  readonly thinkNs: Float64Array;
  /** The levels are finer than services. */
  resolved = true;
  #classes: readonly Customers[] = [];
  #elsewhere: Elsewhere = { waitNs: 0, present: 0, perCustomerNs: 0 };
  #threads = 0;
  #idle: IdleStates | undefined;
  #fromNs = 0;
  #levelNs = 0;

  constructor(channels: number, banks: number, times: ServiceTimes, classes: number) {
    this.#channels = channels;
    this.#banks = banks;
    this.#times = times;
    this.#mixing = (2 * times.variation2) / (1 + times.variation2);
    this.#rates = Array.from({ length: classes }, () => new Float64Array(LEVELS));
    this.#now = new Float64Array(classes);
    this.#before = new Float64Array(classes);
    this.#share = new Float64Array(classes);
    this.#absent = new Array(classes * classes);
    this.thinkNs = new Float64Array(classes);
  }

  begin(classes: readonly Customers[], elsewhere: Elsewhere): void {
    this.#classes = classes;
    this.#elsewhere = elsewhere;
    this.#threads = classes.reduce((sum, { threads }) => sum + threads, 0);
    this.#think(0);
  }

  /** Begins to go up the levels. */
  scan(fromNs: number, levelNs: number, idle: IdleStates): void {
    this.#fromNs = fromNs;
    this.#levelNs = levelNs;
    this.#idle = idle;
    let [load, square] = [0, 0];
    for (const [k, { serviceNs }] of this.#classes.entries()) {
      const serving = idle.serving[k] as number;
      load += serving;
      square += (serving * serviceNs * (1 + this.#times.variation2)) / this.#channels;
    }
    this.resolved = levelNs < square / load / 2;
    for (const [k, of] of this.#classes.entries()) {
      this.#now[k] = idle.last[k] as number;
      for (const [q, other] of this.#classes.entries()) {
        const waitsBehind = this.resolved && of.threads > 0 && other.serviceNs > FAR_LONGER * of.serviceNs;
        this.#absent[k * this.#classes.length + q] = waitsBehind ? this.#absences(of, other.serviceNs) : undefined;
      }
    }
  }

  /** Rates at the next level; `share` says whose work it is that reaches it. */
  at(i: number, share: Float64Array): void {
    if (this.#banks > 1) this.#think(i === 0 ? 1 : this.#present());
    if (!this.resolved) this.#shares(i === 0);
    for (let k = 0; k < this.#classes.length; k++) {
      this.#before[k] = this.#now[k] as number;
      if (this.resolved) this.#share[k] = share[k] as number;
    }
    for (let k = 0; k < this.#classes.length; k++) {
      const of = this.#classes[k] as Customers;
      if (of.threads > 0) this.#closed(k, of, i);
      else this.#now[k] = of.perNs;
      (this.#rates[k] as Float64Array)[i] = this.#now[k] as number;
    }
  }

  /** A class's rates by level. */
  rate(k: number): Float64Array {
    return this.#rates[k] as Float64Array;
  }

  now(k: number): number {
    return this.#now[k] as number;
  }

  /** Relative slope of the density in the diffusion limit. */
  slope(): number {
    let load = 0;
    let square = 0;
    for (let k = 0; k < this.#classes.length; k++) {
      const { serviceNs } = this.#classes[k] as Customers;
      const work = ((this.#now[k] as number) * serviceNs) / this.#channels;
      load += work;
      square += (work * serviceNs * (1 + this.#times.variation2)) / this.#channels;
    }
    return square === 0 ? Number.NEGATIVE_INFINITY : (-2 * (1 - load)) / square;
  }

  #closed(k: number, { threads, serviceNs }: Customers, i: number): void {
    const y = this.#fromNs + i * this.#levelNs;
    const share = this.#share[k] as number;
    const w = this.#mixing;
    const thinkNs = this.thinkNs[k] as number;
    const stableNs = this.resolved ? STABLE_CELLS * this.#levelNs : Number.MIN_VALUE;
    const inService = this.#channels > 1 ? ((this.#idle as IdleStates).serving[k] as number) : share;
    const alike = share * (((1 - w) * y * this.#channels) / serviceNs - (1 - this.#times.variation2) / 2);
    const near = Math.max(0, threads - inService - alike) / Math.max(thinkNs + w * y, stableNs);
    let behind = 0;
    let absent = 0;
    for (let q = 0; q < this.#classes.length; q++) {
      const chances = this.#absent[k * this.#classes.length + q];
      if (chances === undefined) continue;
      const longNs = (this.#classes[q] as Customers).serviceNs / this.#channels;
      const lineNs = w * Math.min(1, (this.#before[q] as number) * longNs) * y + (1 - w) * Math.max(0, y - longNs);
      behind += this.#share[q] as number;
      absent += ((this.#share[q] as number) * (chances[i] as number)) / (1 + lineNs / (longNs + thinkNs));
    }
    this.#now[k] = (1 - behind) * near + (absent * Math.max(0, threads - inService)) / Math.max(thinkNs, stableNs);
  }

  /** Whose work the line is in the diffusion limit: what comes at the level below, and before it what came at those below that. */
  #shares(first: boolean): void {
    let sum = 0;
    for (let k = 0; k < this.#classes.length; k++) sum += (this.#now[k] as number) * (this.#classes[k] as Customers).serviceNs;
    if (sum === 0) return;
    const newest = first ? 1 : NEWEST;
    for (let k = 0; k < this.#classes.length; k++) {
      const comes = ((this.#now[k] as number) * (this.#classes[k] as Customers).serviceNs) / sum;
      (this.#share[k] as number) += newest * (comes - (this.#share[k] as number));
    }
  }

  /** Closed requests at this bank, at the level below. */
  #present(): number {
    let present = 0;
    for (let k = 0; k < this.#classes.length; k++) {
      const { threads } = this.#classes[k] as Customers;
      if (threads > 0) present += Math.max(0, threads - (this.#now[k] as number) * (this.thinkNs[k] as number));
    }
    return Math.min(present, this.#threads);
  }

  /**
   * Between two requests to one bank a customer thinks and visits the others, which are the busier the fewer are `here`; of the others
   * it finds in the mean one customer fewer than there are (the arrival theorem).
   */
  #think(here: number): void {
    const { waitNs, present, perCustomerNs } = this.#elsewhere;
    const found = (this.#threads - 1) * (1 - present / Math.max(1, this.#threads));
    const crowdedNs = Math.max(0, waitNs + (this.#threads - 1 - here - found) * perCustomerNs);
    for (let k = 0; k < this.#classes.length; k++) {
      const { thinkNs, serviceNs } = this.#classes[k] as Customers;
      this.thinkNs[k] = this.#banks * thinkNs + (this.#banks - 1) * (serviceNs + crowdedNs);
    }
  }

  /** Chances, by level, that a class's customer is absent behind a far longer service. */
  #absences(of: Customers, longServiceNs: number): Float64Array {
    const longNs = longServiceNs / this.#channels;
    let gathering = 0;
    for (const { threads, thinkNs, serviceNs } of this.#classes) {
      const isShort = FAR_LONGER * serviceNs < longServiceNs;
      if (isShort) gathering += (threads * serviceNs) / this.#channels / (this.#between(thinkNs, serviceNs) + longNs);
    }
    const awayNs = (1 - Math.min(MOST_GATHERING, gathering)) * this.#between(of.thinkNs, of.serviceNs);
    return absences(this.#times, longNs, Math.max(awayNs, of.serviceNs / 2), this.#levelNs);
  }

  #between(thinkNs: number, serviceNs: number): number {
    return this.#banks * thinkNs + (this.#banks - 1) * (serviceNs + this.#elsewhere.waitNs);
  }
}
