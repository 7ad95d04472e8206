/**
 * ESX's estimate of how much of a VM is active (Waldspurger, OSDI'02 section 5.3): of 100 pages chosen at random in each 30 s
 * of the VM's time, the share that was touched; a slow and a fast moving average of it, and the fast one with the counts of the
 * sample in progress. The largest of the three counts, so that the estimate rises at once and falls slowly.
 *
 * The averages of a VM that is switched on begin at 0, as what it has touched. The gains are not published. Figure 6 has both
 * averages at each period's end: a fast one of 3/4 and a slow one of 1/4 reproduce them.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { AccessSample } from "../../lib/wire/messages.ts";

export interface SamplingConfig {
  /** Pages per sample. */
  readonly pages: number;
  /** Period of the VM's execution time. */
  readonly periodNs: number;
  /** Weight of the newest sample in each average, above 0 and at most 1. */
  readonly slowGain: number;
  readonly fastGain: number;
}

/** How often the counts of a sample are looked at before it is over. */
const LOOKS = 6;

/** Time between two looks. */
export function lookNs({ periodNs }: SamplingConfig): number {
  return Math.round(periodNs / LOOKS);
}

/** VMs are numbered from 0. */
export class ActivityEstimates {
  readonly #config: SamplingConfig;
  readonly #slow: Float64Array;
  readonly #fast: Float64Array;
  /** Share that the sample in progress has counted. */
  readonly #current: Float64Array;
  readonly #known: Uint8Array;

  constructor(vms: number, config: SamplingConfig) {
    this.#config = config;
    this.#slow = new Float64Array(vms);
    this.#fast = new Float64Array(vms);
    this.#current = new Float64Array(vms);
    this.#known = new Uint8Array(vms);
  }

  /** A VM that did not run has nothing new to tell, so its estimate stays. */
  note(vm: number, { pages, touched, periodNs, over }: Readonly<AccessSample>): void {
    if (pages === 0 || periodNs === 0 || touched > pages) return;
    const active = touched / pages;
    this.#current[vm] = over ? 0 : active;
    if (!over) return;
    this.#known[vm] = 1;
    const { slowGain, fastGain } = this.#config;
    this.#slow[vm] = moved(this.#slow[vm] as number, active, slowGain);
    this.#fast[vm] = moved(this.#fast[vm] as number, active, fastGain);
  }

  /** Share of the VM's memory that is active; undefined before its first sample is over. */
  active(vm: number): number | undefined {
    if (this.#known[vm] === 0) return undefined;
    const [slow, fast, current] = [this.#slow[vm] as number, this.#fast[vm] as number, this.#current[vm] as number];
    return Math.max(slow, fast, moved(fast, current, this.#config.fastGain));
  }

  /** A VM that is switched on again has touched nothing yet. */
  forget(vm: number): void {
    for (const column of [this.#known, this.#slow, this.#fast, this.#current]) column[vm] = 0;
  }

  digest(hasher: Hasher): void {
    for (let vm = 0; vm < this.#known.length; vm++) {
      if (this.#known[vm] === 0) continue;
      hasher.number(this.#slow[vm] as number);
      hasher.number(this.#fast[vm] as number);
      hasher.number(this.#current[vm] as number);
    }
  }
}

function moved(average: number, sample: number, gain: number): number {
  return average + gain * (sample - average);
}
