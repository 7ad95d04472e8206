/**
 * Pressure stall time of the closed loop (Documentation/accounting/psi.rst): `some` while at least one thread waits for
 * memory, `full` while all do. Threads wait independently, each for the same share of its time.
 */
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
