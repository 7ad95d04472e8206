/**
 * Upward crossings of the levels of the wait by the work of one kind of request: arrivals below a level whose service reaches over it.
 *
 * A service takes few values, so the sum over all arrivals below is that of their running total less the totals where each value's
 * reach begins.
 */
import { LEVELS } from "./levels.ts";
import type { ServiceTimes } from "./servicetimes.ts";

export class Crossings {
  readonly #times: ServiceTimes;
  /** Arrivals from the lowest level up to each. */
  readonly #total = new Float64Array(LEVELS);
  /** Whole levels that each value of the service reaches, and of its chance what goes no farther, and what goes on into the next. */
  readonly #whole: Int32Array;
  readonly #within: Float64Array;
  readonly #beyond: Float64Array;
  /** The first value that reaches farther than one level. */
  #first = 0;
  #serviceNs = 0;
  #levelNs = 0;
  /** Chance that a service reaches farther than one level, and the mean part of a level that services cover. */
  #far = 0;
  #near = 0;
  #flow = 0;

  constructor(times: ServiceTimes) {
    this.#times = times;
    this.#whole = new Int32Array(times.value.length);
    this.#within = new Float64Array(times.value.length);
    this.#beyond = new Float64Array(times.value.length);
  }

  /** `serviceNs`: of one request; `reachNs`: what it adds to the wait. */
  begin(serviceNs: number, reachNs: number, levelNs: number): void {
    this.#serviceNs = serviceNs;
    this.#levelNs = levelNs;
    this.#far = 0;
    this.#near = 0;
    this.#flow = 0;
    this.#first = 0;
    for (let m = 0; m < this.#whole.length; m++) {
      const chance = this.#times.chance[m] as number;
      const reach = ((this.#times.value[m] as number) * reachNs) / levelNs;
      const whole = Math.floor(reach);
      this.#whole[m] = whole;
      this.#within[m] = chance * (1 - (reach - whole));
      this.#beyond[m] = chance * (reach - whole);
      this.#near += chance * Math.min(1, reach);
      if (reach >= 1) this.#far += chance;
      else this.#first = m + 1;
    }
  }

  /** Crossings of a level by arrivals below it. */
  over(level: number): number {
    if (level === 0) return 0;
    const [whole, within, beyond, total] = [this.#whole, this.#within, this.#beyond, this.#total];
    let missed = 0;
    for (let m = this.#first; m < whole.length; m++) {
      const at = level - (whole[m] as number);
      if (at < 1) break;
      missed += (within[m] as number) * (total[at] as number) + (beyond[m] as number) * (total[at - 1] as number);
    }
    return this.#far * (total[level - 1] as number) - missed + (this.#near * this.#levelNs * this.#flow) / 2;
  }

  /** Share of the arrivals at a level that cross it too, by the trapezoid's last half, per unit of density. */
  at(rate: number): number {
    return (this.#near * this.#levelNs * rate) / 2;
  }

  /** Chance that the whole of a service is longer than `ns`. */
  longer(ns: number): number {
    const { value, chance } = this.#times;
    let longer = 0;
    for (let m = value.length - 1; m >= 0; m--) {
      const over = ((value[m] as number) * this.#serviceNs - ns) / this.#levelNs + 0.5;
      if (over <= 0) break;
      longer += (chance[m] as number) * Math.min(1, over);
    }
    return longer;
  }

  /** Mean rest of a service in progress beyond `ns`, over its mean: the chance that the rest is longer. */
  restLonger(ns: number): number {
    const { value, chance } = this.#times;
    const least = ns / this.#serviceNs;
    let rest = 0;
    for (let m = value.length - 1; m >= 0 && (value[m] as number) > least; m--)
      rest += (chance[m] as number) * ((value[m] as number) - least);
    return rest;
  }

  /** Takes the flow of arrivals at a level: rate times density. */
  take(level: number, flow: number): void {
    this.#total[level] = level === 0 ? 0 : (this.#total[level - 1] as number) + ((this.#flow + flow) * this.#levelNs) / 2;
    this.#flow = flow;
  }

  /** Only ratios matter. */
  scale(levels: number, factor: number): void {
    this.#flow *= factor;
    for (let i = 0; i < levels; i++) this.#total[i] = (this.#total[i] as number) * factor;
  }
}
