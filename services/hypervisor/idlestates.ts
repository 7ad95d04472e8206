/**
 * The states of a device that has an idle channel, as Erlang's loss formula has them, whatever the law of service times is:
 * weights of the numbers of busy channels relative to all but one, and how often each class arrives then.
 */
import type { Crossings } from "./crossings.ts";
import { type Customers, unhinderedLoad } from "./customers.ts";

/** A think time of nothing would make arrivals infinitely frequent. */
const LEAST_THINK = 0.5;

export class IdleStates {
  readonly #channels: number;
  /** Weight of all states together. */
  weight = 0;
  /** Arrivals of each class in these states, times their weights. */
  readonly arrivals: Float64Array;
  /** Arrivals of each class at the last idle channel. */
  readonly last: Float64Array;
  /** Requests of each class in service while all channels are busy. */
  readonly serving: Float64Array;
  readonly #load: Float64Array;
  readonly #busy: Float64Array;

  constructor(channels: number, classes: number) {
    this.#channels = channels;
    this.arrivals = new Float64Array(classes);
    this.last = new Float64Array(classes);
    this.serving = new Float64Array(classes);
    this.#load = new Float64Array(classes);
    this.#busy = new Float64Array(classes);
  }

  /** `thinkNs`: what each class thinks between two requests to these channels. */
  solve(classes: readonly Customers[], thinkNs: Float64Array): void {
    for (const [k, of] of classes.entries()) this.#load[k] = unhinderedLoad({ ...of, thinkNs: thinkNs[k] as number });
    this.#occupy(this.#channels, classes);
    this.serving.set(this.#busy);
    this.arrivals.fill(0);
    this.weight = 0;
    let weight = 1;
    for (let busy = this.#channels - 1; busy >= 0; busy--) {
      // The balance of flows between this state and the one above it.
      let leaving = 0;
      for (const [k, { serviceNs }] of classes.entries()) leaving += (this.#busy[k] as number) / serviceNs;
      this.#occupy(busy, classes);
      let arriving = 0;
      for (const [k, of] of classes.entries()) arriving += this.#rate(of, k, thinkNs[k] as number);
      if (busy < this.#channels - 1) weight *= arriving > 0 ? leaving / arriving : 0;
      this.weight += weight;
      for (const [k, of] of classes.entries()) {
        const rate = this.#rate(of, k, thinkNs[k] as number);
        this.arrivals[k] = (this.arrivals[k] as number) + weight * rate;
        if (busy === this.#channels - 1) this.last[k] = rate;
      }
    }
  }

  #rate({ threads, serviceNs, perNs }: Customers, k: number, thinkNs: number): number {
    if (threads === 0) return perNs;
    return Math.max(0, threads - (this.#busy[k] as number)) / Math.max(thinkNs, (serviceNs * LEAST_THINK) / this.#channels);
  }

  /** Chance that none of the other channels is free after `ns`, each in the midst of a service; `crossings`: of each class's services. */
  othersLast(ns: number, crossings: readonly Crossings[], classes: number): number {
    let rest = 0;
    for (let k = 0; k < classes; k++) {
      rest += ((this.serving[k] as number) / this.#channels) * (crossings[k] as Crossings).restLonger(ns);
    }
    return rest <= 0 ? 0 : Math.exp((this.#channels - 1) * Math.log(rest));
  }

  /** Shares busy channels out over the classes in proportion to their loads; no class has more requests than threads. */
  #occupy(busy: number, classes: readonly Customers[]): void {
    this.#busy.fill(0);
    let left = busy;
    for (let pass = 0; pass < classes.length && left > 1e-9; pass++) {
      let load = 0;
      for (const [k, of] of classes.entries()) if (this.#hasMore(of, k)) load += this.#load[k] as number;
      if (load === 0) return;
      const share = left / load;
      for (const [k, of] of classes.entries()) {
        if (!this.#hasMore(of, k)) continue;
        const wanted = (this.#load[k] as number) * share;
        const more = of.threads === 0 ? wanted : Math.min(wanted, of.threads - (this.#busy[k] as number));
        this.#busy[k] = (this.#busy[k] as number) + more;
        left -= more;
      }
    }
  }

  #hasMore({ threads }: Customers, k: number): boolean {
    return threads === 0 || (this.#busy[k] as number) < threads - 1e-9;
  }
}
