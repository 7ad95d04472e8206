/**
 * The wait at banks, where a request meets the same wait at all of them: a fixed point.
 *
 * The more is met elsewhere the fewer come here, in a full station so steeply that the secant goes by the logs of both responses, kept
 * between what is known to be too short and too long. The next population is nearly the same, so its search begins as far from its
 * guess, and as steeply, as this one ended.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Aggregate } from "./customers.ts";

/** Rounds of the search, and how far off the log of the response may be then. */
const MOST_ROUNDS = 8;
const TOLERANCE = 0.005;
/** Of that log: less off than this, the levels of the last round will do; and the longest step. */
const NEAR = 0.3;
const STEP = 0.7;
/** Of how far it is off over the log of what was tried, before two rounds are known. */
const FIRST_SLOPE = -2;

export class BankWait {
  /** Of the last search: the response that it ended at over that of its guess, and the slope there. */
  #ratio = 1;
  #slope = FIRST_SLOPE;

  /**
   * `guess`: of the closed classes; `found`: what they wait in the mean when `ns` is waited at each other bank; called last with the
   * answer.
   */
  solve(guess: Pick<Aggregate, "serviceNs" | "waitNs">, found: (ns: number, near: boolean) => Aggregate): void {
    const guessedNs = guess.waitNs + guess.serviceNs;
    let triedNs = Math.max(0, guessedNs * this.#ratio - guess.serviceNs);
    let [lowNs, highNs] = [0, Number.POSITIVE_INFINITY];
    let before: { log: number; off: number } | undefined;
    for (let round = 1; ; round++) {
      const { rate, serviceNs, waitNs } = found(triedNs, Math.abs(before?.off ?? 1) < NEAR);
      if (rate === 0) return;
      const log = Math.log(triedNs + serviceNs);
      const off = Math.log(waitNs + serviceNs) - log;
      // Another population: the last one tells nothing of it.
      if (round === 1 && this.#ratio !== 1 && Math.abs(off) > NEAR) {
        this.#ratio = 1;
        this.#slope = FIRST_SLOPE;
        this.solve(guess, found);
        return;
      }
      if (off > 0) lowNs = triedNs;
      else highNs = triedNs;
      if (before !== undefined && log !== before.log) this.#slope = (off - before.off) / (log - before.log);
      before = { log, off };
      const step = this.#slope < 0 ? -off / this.#slope : off;
      triedNs = Math.max(0, Math.exp(log + Math.max(-STEP, Math.min(STEP, step))) - serviceNs);
      // Without an upper bound yet, only rounding can lead below the lower one.
      if (triedNs < lowNs || triedNs > highNs) triedNs = highNs < Number.POSITIVE_INFINITY ? (lowNs + highNs) / 2 : lowNs;
      this.#ratio = (triedNs + guess.serviceNs) / guessedNs;
      if (round === MOST_ROUNDS || Math.abs(off) <= TOLERANCE) return;
    }
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#ratio);
    hasher.number(this.#slope);
  }
}
