/**
 * ESX's estimate of how much of a VM is active (Waldspurger, OSDI'02 section 5.3): of 100 pages chosen at random in each 30 s
 * of the VM's time, the share that was touched; a slow and a fast moving average of it, of which the larger counts, so that the
 * estimate rises at once and falls slowly. The paper's third figure, the fast average with the period in progress, is the fast one
 * once the period is over, which is when the host hears of it.
 *
 * The gains are not published. Figure 6 has both averages at each period's end: a fast one of 3/4 and a slow one of 1/4 reproduce them.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

export interface SamplingConfig {
  /** Pages per sample. */
  readonly pages: number;
  /** Period of the VM's execution time. */
  readonly periodNs: number;
  /** Weight of the newest sample in each average, above 0 and at most 1. */
  readonly slowGain: number;
  readonly fastGain: number;
}

/** VMs are numbered from 0. */
export class ActivityEstimates {
  readonly #config: SamplingConfig;
  readonly #slow: Float64Array;
  readonly #fast: Float64Array;
  readonly #known: Uint8Array;

  constructor(vms: number, config: SamplingConfig) {
    this.#config = config;
    this.#slow = new Float64Array(vms);
    this.#fast = new Float64Array(vms);
    this.#known = new Uint8Array(vms);
  }

  /** A finished period: `touched` of `pages`. A VM that did not run has no new period, so its estimate stays. */
  add(vm: number, pages: number, touched: number, periodNs: number): void {
    if (pages === 0 || periodNs === 0 || touched > pages) return;
    const active = touched / pages;
    if (this.#known[vm] === 0) {
      this.#known[vm] = 1;
      this.#slow[vm] = active;
      this.#fast[vm] = active;
    }
    (this.#slow[vm] as number) += this.#config.slowGain * (active - (this.#slow[vm] as number));
    (this.#fast[vm] as number) += this.#config.fastGain * (active - (this.#fast[vm] as number));
  }

  /** Share of the VM's memory that is active; undefined before its first sample. */
  active(vm: number): number | undefined {
    if (this.#known[vm] === 0) return undefined;
    return Math.max(this.#slow[vm] as number, this.#fast[vm] as number);
  }

  forget(vm: number): void {
    this.#known[vm] = 0;
  }

  digest(hasher: Hasher): void {
    for (let vm = 0; vm < this.#known.length; vm++) {
      if (this.#known[vm] === 0) continue;
      hasher.number(this.#slow[vm] as number);
      hasher.number(this.#fast[vm] as number);
    }
  }
}
