/**
 * The closed loop over one stretch of time: how many touches the threads get through while each miss and each touch of a
 * host-swapped page costs a read (docs/model.md section 2, X = N / (Z + k p R)), and what those touches do to memory.
 *
 * Misses are taken in the fluid limit in two pieces: while memory has room they fill the regions up; once it is full every
 * miss is balanced by an eviction and the miss ratio stays.
 */
import type { Region } from "./region.ts";
import type { Workload } from "./workload.ts";

/** Relative error of the time equation. */
const TOLERANCE = 1e-5;
const MAX_ROUNDS = 12;

/** Response times of this step's reads. */
export interface Responses {
  /** Mean of a read from the disk. */
  readonly readNs: number;
  /** Reads from the host's swap that a miss costs beside its own: of a stale page, only to be overwritten. */
  readonly staleShare: number;
}

/** What a stretch of accesses did. */
export interface Traffic {
  accesses: number;
  missesAnonymous: number;
  missesFile: number;
  swapReads: number;
  fileReads: number;
  returnsAnonymous: number;
  returnsFile: number;
  staleReads: number;
  /** Thread time that it took. */
  costNs: number;
}

export class Operations {
  readonly #workload: Workload;
  /** Of the last estimate(). */
  readonly traffic: Traffic = noTraffic();

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /**
   * Accesses that fill `threadNs` of thread time, their traffic left in `traffic`. `full`: memory is full, so misses go on
   * at the present ratio; else they fill it up.
   */
  solve(threadNs: number, responses: Responses, full: boolean): void {
    let accesses = this.likely(threadNs, responses);
    if (full) for (const list of [this.#workload.anonymous, this.#workload.file]) list.aim(accesses);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const slope = this.estimate(accesses, responses, full);
      const error = this.traffic.costNs - threadNs;
      if (Math.abs(error) <= TOLERANCE * threadNs) return;
      accesses = Math.max(0, accesses - error / slope);
    }
    this.estimate(accesses, responses, full);
  }

  /** Accesses that fill `threadNs` at the present rates. */
  likely(threadNs: number, responses: Responses): number {
    let returnRate = 0;
    for (const region of this.#workload.regions) returnRate += region.returnRate;
    const missRate = this.#workload.anonymous.missRate + this.#workload.file.missRate;
    const hostReads = returnRate + missRate * responses.staleShare;
    return threadNs / (this.#workload.touchNs + (this.#readsPerAccess() + hostReads) * responses.readNs);
  }

  /** Reads of the guest's own misses per access, at present. */
  #readsPerAccess(): number {
    let reads = 0;
    for (const region of this.#workload.regions) if (region.missRate > 0) reads += region.missRate / this.#workload.readPages(region);
    return reads;
  }

  /** Fills `traffic` for `accesses`; returns the derivative of its cost. */
  estimate(accesses: number, responses: Responses, full: boolean): number {
    const { traffic } = this;
    const { touchNs } = this.#workload;
    clear(traffic);
    traffic.accesses = accesses;
    let slope = touchNs;
    for (const region of this.#workload.regions) {
      region.expect(accesses, full);
      const hostSlope = region.returnSlope + region.missSlope * responses.staleShare;
      slope += (region.missSlope / this.#workload.readPages(region) + hostSlope) * responses.readNs;
      this.#add(region, region.expectedMisses, region.expectedReturns);
    }
    const { swapReads, fileReads, returnsAnonymous, returnsFile } = traffic;
    traffic.staleReads = (traffic.missesAnonymous + traffic.missesFile) * responses.staleShare;
    const hostReads = returnsAnonymous + returnsFile + traffic.staleReads;
    traffic.costNs = accesses * touchNs + (swapReads + fileReads + hostReads) * responses.readNs;
    return slope;
  }

  /** Carries out the accesses of the last estimate. */
  advance(full: boolean, keepSlots: boolean): void {
    const { workload, accesses } = { workload: this.#workload, accesses: this.traffic.accesses };
    for (const region of workload.regions) region.advance(accesses, full, keepSlots);
    if (full) return;
    workload.anonymous.grown(accesses);
    workload.file.grown(accesses);
  }

  #add(region: Region, misses: number, returns: number): void {
    const { traffic } = this;
    const reads = misses / this.#workload.readPages(region);
    if (region.anonymous) {
      traffic.missesAnonymous += misses;
      traffic.swapReads += reads;
      traffic.returnsAnonymous += returns;
    } else {
      traffic.missesFile += misses;
      traffic.fileReads += reads;
      traffic.returnsFile += returns;
    }
  }
}

function noTraffic(): Traffic {
  return {
    accesses: 0,
    missesAnonymous: 0,
    missesFile: 0,
    swapReads: 0,
    fileReads: 0,
    returnsAnonymous: 0,
    returnsFile: 0,
    staleReads: 0,
    costNs: 0,
  };
}

function clear(traffic: Traffic): void {
  traffic.accesses = 0;
  traffic.missesAnonymous = 0;
  traffic.missesFile = 0;
  traffic.swapReads = 0;
  traffic.fileReads = 0;
  traffic.returnsAnonymous = 0;
  traffic.returnsFile = 0;
  traffic.staleReads = 0;
  traffic.costNs = 0;
}
