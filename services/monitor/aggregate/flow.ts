/** Sums of a VM's samples over a span of time: a whole run, a phase, a window asked for. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { GuestSample } from "../../../lib/wire/messages.ts";

/** The members of a guest sample that are sums over its interval and that a span adds up. */
export type FlowSample = Pick<
  GuestSample,
  | "intervalNs"
  | "operations"
  | "unpressedOperations"
  | "accesses"
  | "minorFaults"
  | "majorFaults"
  | "swapInPages"
  | "swapOutPages"
  | "fileReadPages"
  | "fileWritePages"
  | "hostSwapInPages"
  | "refaultPages"
  | "oomKills"
  | "psiSomeNs"
  | "psiFullNs"
  | "stalledNs"
  | "linkStallNs"
  | "blockedNs"
>;

export class GuestFlow {
  samples = 0;
  intervalNs = 0;
  operations = 0;
  unpressedOperations = 0;
  accesses = 0;
  minorFaults = 0;
  majorFaults = 0;
  swapInPages = 0;
  swapOutPages = 0;
  fileReadPages = 0;
  fileWritePages = 0;
  hostSwapInPages = 0;
  refaultPages = 0;
  oomKills = 0;
  psiSomeNs = 0;
  psiFullNs = 0;
  stalledNs = 0;
  linkStallNs = 0;
  blockedNs = 0;
  /** Worst slowdown of one interval, MOST_SLOWDOWN for one in which the VM stood still; 0: no interval had work. */
  worstSlowdown = 0;
  /** Intervals in which there was work and next to none of it was done. */
  idledIntervals = 0;

  add(sample: FlowSample): void {
    this.samples++;
    this.intervalNs += sample.intervalNs;
    this.operations += sample.operations;
    this.unpressedOperations += sample.unpressedOperations;
    this.accesses += sample.accesses;
    this.minorFaults += sample.minorFaults;
    this.majorFaults += sample.majorFaults;
    this.swapInPages += sample.swapInPages;
    this.swapOutPages += sample.swapOutPages;
    this.fileReadPages += sample.fileReadPages;
    this.fileWritePages += sample.fileWritePages;
    this.hostSwapInPages += sample.hostSwapInPages;
    this.refaultPages += sample.refaultPages;
    this.oomKills += sample.oomKills;
    this.psiSomeNs += sample.psiSomeNs;
    this.psiFullNs += sample.psiFullNs;
    this.stalledNs += sample.stalledNs;
    this.linkStallNs += sample.linkStallNs;
    this.blockedNs += sample.blockedNs;
    const idled = isIdled(sample.unpressedOperations, sample.operations);
    if (idled) this.idledIntervals++;
    const slowdown = idled ? MOST_SLOWDOWN : (slowdownOf(sample.unpressedOperations, sample.operations) ?? 0);
    this.worstSlowdown = Math.max(this.worstSlowdown, slowdown);
  }

  /** Unpressed over done operations, at least about 1; null where there was no work, or next to none of it was done. */
  get slowdown(): number | null {
    return slowdownOf(this.unpressedOperations, this.operations);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.samples);
    hasher.number(this.operations);
    hasher.number(this.unpressedOperations);
    hasher.number(this.majorFaults);
    hasher.number(this.swapInPages);
    hasher.number(this.swapOutPages);
    hasher.number(this.psiSomeNs);
    hasher.number(this.psiFullNs);
  }
}

/** A VM that does less than a thousandth of its work stands still: how much less is the noise of expected numbers. */
export const MOST_SLOWDOWN = 1000;

export function slowdownOf(unpressedOperations: number, operations: number): number | null {
  return unpressedOperations > 0 && !isIdled(unpressedOperations, operations) ? unpressedOperations / operations : null;
}

/** There was work, and next to none of it was done. */
export function isIdled(unpressedOperations: number, operations: number): boolean {
  return unpressedOperations > 0 && operations * MOST_SLOWDOWN < unpressedOperations;
}

/** A sum over time as a rate, 0 where no time has passed. */
export function perSecond(sum: number, intervalNs: number): number {
  return intervalNs > 0 ? (sum * 1e9) / intervalNs : 0;
}

/** A time as a share of another, 0 where no time has passed. */
export function shareOf(partNs: number, intervalNs: number): number {
  return intervalNs > 0 ? partNs / intervalNs : 0;
}
