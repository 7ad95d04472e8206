/**
 * Senpai: squeeze a guest until it just begins to stall (facebookincubator/senpai senpai.py). One guest, one tick a second.
 *
 * The original sets a cgroup's memory limit; here the limit is the balloon's target, and the pressure the guest's own
 * PSI `some` total. Bytes and microseconds.
 */

import type { Hasher } from "../../../../lib/engine/hasher.ts";

const LIMIT_STEP_BYTES = 4096;

export interface SenpaiOptions {
  /** Stall wanted in one interval. */
  readonly pressureUs: number;
  /** Ticks between two changes without need. */
  readonly intervalTicks: number;
  readonly minimumBytes: number;
  readonly maximumBytes: number;
  /** Largest relative step down, and up. */
  readonly maxProbe: number;
  readonly maxBackoff: number;
  /** Quiet by this factor gives the largest probe; loud by this factor the largest back-off. */
  readonly probeCoefficient: number;
  readonly backoffCoefficient: number;
}

export class Senpai {
  readonly #options: SenpaiOptions;
  #limitBytes = 0;
  #isSet = false;
  #lastTotalUs = 0;
  #integralUs = 0;
  #graceTicks = 0;

  constructor(options: SenpaiOptions) {
    this.#options = options;
  }

  get integralUs(): number {
    return this.#integralUs;
  }

  get graceTicks(): number {
    return this.#graceTicks;
  }

  /** `presentBytes` is the limit as it stands: where it is not what the last tick left, somebody else set it. */
  tick(totalUs: number, presentBytes: number, usedBytes: number): number {
    // A total that fell is that of a rebooted guest.
    if (!this.#isSet || presentBytes !== this.#limitBytes || totalUs < this.#lastTotalUs) return this.#restart(totalUs, usedBytes);
    this.#integralUs += totalUs - this.#lastTotalUs;
    this.#lastTotalUs = totalUs;
    const { pressureUs, maxBackoff, maxProbe, backoffCoefficient, probeCoefficient } = this.#options;
    if (this.#integralUs > pressureUs) {
      const excess = this.#integralUs / pressureUs / backoffCoefficient;
      return this.#change(this.#limitBytes * (1 + Math.min(maxBackoff * excess * excess, maxBackoff)));
    }
    if (this.#graceTicks > 0) {
      this.#graceTicks--;
      return this.#limitBytes;
    }
    const quiet = pressureUs / Math.max(this.#integralUs, 1) / probeCoefficient;
    return this.#change(this.#limitBytes * (1 - Math.min(maxProbe * quiet * quiet, maxProbe)));
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#isSet ? 1 : 0);
    hasher.number(this.#limitBytes);
    hasher.number(this.#lastTotalUs);
    hasher.number(this.#integralUs);
    hasher.word(this.#graceTicks);
  }

  #restart(totalUs: number, usedBytes: number): number {
    this.#isSet = true;
    this.#lastTotalUs = totalUs;
    return this.#change(usedBytes);
  }

  #change(bytes: number): number {
    const { minimumBytes, maximumBytes, intervalTicks } = this.#options;
    const clipped = Math.min(Math.max(bytes, minimumBytes), maximumBytes);
    this.#limitBytes = Math.floor(clipped / LIMIT_STEP_BYTES) * LIMIT_STEP_BYTES;
    this.#integralUs = 0;
    this.#graceTicks = intervalTicks - 1;
    return this.#limitBytes;
  }
}
