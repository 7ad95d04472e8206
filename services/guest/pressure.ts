/**
 * Pressure stall time of the closed loop (Documentation/accounting/psi.rst): `some` while at least one thread waits for
 * memory, `full` while all do. Threads wait independently, each for the same share of its time.
 */
import type { Totals } from "./counters.ts";
import { PsiAverages } from "./psi.ts";

export interface Stall {
  readonly someNs: number;
  readonly fullNs: number;
}

const NONE: Stall = { someNs: 0, fullNs: 0 };

/** `waitedNs`: thread time spent waiting for memory by `threads` threads within `stepNs`. */
export function stallOf(waitedNs: number, threads: number, stepNs: number): Stall {
  if (waitedNs <= 0 || threads < 1) return NONE;
  const share = Math.min(1, waitedNs / (threads * stepNs));
  if (share === 1) return { someNs: stepNs, fullNs: stepNs };
  return { someNs: stepNs * (1 - Math.exp(threads * Math.log(1 - share))), fullNs: stepNs * Math.exp(threads * Math.log(share)) };
}

/** The averages of one kernel's memory pressure, over the totals of stall time. */
export class Pressure {
  readonly #totals: Totals;
  readonly some: PsiAverages;
  readonly full: PsiAverages;

  /** The kernel boots at `nowNs`. */
  constructor(totals: Totals, nowNs: number) {
    this.#totals = totals;
    this.some = new PsiAverages(nowNs, totals.psiSomeNs);
    this.full = new PsiAverages(nowNs, totals.psiFullNs);
  }

  /** Time has come to `nowNs`: does nothing before a period of 2 s is over. */
  update(nowNs: number): void {
    this.some.update(nowNs, this.#totals.psiSomeNs);
    this.full.update(nowNs, this.#totals.psiFullNs);
  }
}
