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
  /** Levels that each value of the service reaches: whole ones, and the part beyond. */
  readonly #whole: Int32Array;
  readonly #part: Float64Array;
  #serviceNs = 0;
  #levelNs = 0;
  /** Chance that a service reaches farther than one level, and the mean part of a level that services cover. */
  #far = 0;
  #near = 0;
  #flow = 0;

  constructor(times: ServiceTimes) {
    this.#times = times;
    this.#whole = new Int32Array(times.value.length);
    this.#part = new Float64Array(times.value.length);
  }

  /** `serviceNs`: of one request; `reachNs`: what it adds to the wait. */
  begin(serviceNs: number, reachNs: number, levelNs: number): void {
    this.#serviceNs = serviceNs;
    this.#levelNs = levelNs;
    this.#far = 0;
    this.#near = 0;
    this.#flow = 0;
    for (let m = 0; m < this.#whole.length; m++) {
      const reach = ((this.#times.value[m] as number) * reachNs) / levelNs;
      this.#whole[m] = Math.floor(reach);
      this.#part[m] = reach - Math.floor(reach);
      this.#near += (this.#times.chance[m] as number) * Math.min(1, reach);
      if (reach >= 1) this.#far += this.#times.chance[m] as number;
    }
  }

  /** Crossings of a level by arrivals below it. */
  over(level: number): number {
    if (level === 0) return 0;
    const { chance } = this.#times;
    const total = this.#total;
    let missed = 0;
    for (let m = 0; m < chance.length; m++) {
      const whole = this.#whole[m] as number;
      if (whole < 1) continue;
      const at = level - whole;
      if (at < 1) break;
      const part = this.#part[m] as number;
      missed += (chance[m] as number) * ((1 - part) * (total[Math.min(at, level - 1)] as number) + part * (total[at - 1] as number));
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
