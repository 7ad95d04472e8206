/**
 * Pressure stall time of the closed loop (kernel/sched/psi.c, Linux 6.1): `some` while at least one task is in a memory stall, `full` while
 * one is and every task that could run is too. In a stall is who waits for the read of a page of the working set (PG_workingset:
 * swap_readpage(), folio_wait_bit_common()), who reclaims (__perform_reclaim()), and kswapd while it is at work (balance_pgdat()).
 * Threads do so independently, each for the same share of its time.
 */
import type { Totals } from "./counters.ts";
import { PsiAverages } from "./psi.ts";

export interface Stall {
  readonly someNs: number;
  readonly fullNs: number;
}

/** Thread time within a stretch: in a stall, and able to run or running outside of one; and time of the kernel's workers in a stall. */
export interface StallTimes {
  readonly stalledNs: number;
  readonly runningNs: number;
  readonly workersNs: number;
}

const NONE: Stall = { someNs: 0, fullNs: 0 };

/** Of `threads` threads within `lengthNs`. */
export function stallOf({ stalledNs, runningNs, workersNs }: StallTimes, threads: number, lengthNs: number): Stall {
  if (stalledNs <= 0 && workersNs <= 0) return NONE;
  const stalled = Math.min(1, stalledNs / (threads * lengthNs));
  const running = Math.min(1 - stalled, runningNs / (threads * lengthNs));
  const noWorker = 1 - Math.min(1, workersNs / lengthNs);
  const all = (share: number): number => (share > 0 ? Math.exp(threads * Math.log(share)) : 0);
  const none = noWorker * all(1 - stalled);
  return { someNs: lengthNs * (1 - none), fullNs: lengthNs * Math.max(0, all(1 - running) - noWorker * all(1 - stalled - running)) };
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
