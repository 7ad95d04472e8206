/**
 * The closed loop over one stretch of time: how many touches the threads get through while each miss and each touch of a
 * host-swapped page costs a read (docs/model.md section 2, X = N / (Z + k p R)), and what those touches do to memory.
 *
 * Misses are taken in the fluid limit in two pieces: while memory has room they fill the regions up; once it is full every
 * miss is balanced by an eviction and the miss ratio stays.
 */
import type { Region } from "./region.ts";
import { clear, noTraffic, type Traffic } from "./traffic.ts";
import type { Workload } from "./workload.ts";

/** Relative error of the time equation. */
const TOLERANCE = 1e-5;
const MAX_ROUNDS = 12;

/**
 * What each touch, each read, and each read from the host's swap takes of a budget of time. Each page of a read from swap takes its own:
 * swap_cluster_readahead() sets it up, submits and ends it (mm/swap_state.c).
 */
export interface Costs {
  readonly touchNs: number;
  readonly swapReadNs: number;
  readonly swapPageNs: number;
  readonly fileReadNs: number;
  readonly returnNs: number;
  /** And one from its compressed pool. */
  readonly unzipNs: number;
}

/** Nothing faults. */
export const FREE_OF_WAITS: Costs = { touchNs: 1, swapReadNs: 0, swapPageNs: 0, fileReadNs: 0, returnNs: 0, unzipNs: 0 };

export class Operations {
  readonly #workload: Workload;
  /** Reads from the host's swap that a miss costs beside its own: of a stale page, only to be overwritten. */
  staleShare = 0;
  /** Of those: from the compressed pool. */
  staleUnzipShare = 0;
  /** Faults without a read for each access, of the last advance(). */
  minorsPerAccess = 0;
  /** Of the last estimate(). */
  readonly traffic: Traffic = noTraffic();

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /**
   * Accesses that use up `budgetNs`, their traffic left in `traffic`. `full`: memory is full, so misses go on at the present
   * ratio; else they fill it up.
   */
  solve(budgetNs: number, costs: Costs, full: boolean): void {
    let accesses = this.likely(budgetNs, costs);
    if (full) for (const list of [this.#workload.anonymous, this.#workload.file]) list.aim(accesses);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const slope = this.estimate(accesses, costs, full);
      const error = this.costNs(costs) - budgetNs;
      if (Math.abs(error) <= TOLERANCE * budgetNs) return;
      accesses = Math.max(0, accesses - error / slope);
    }
    this.estimate(accesses, costs, full);
  }

  /** Of the last estimate(). */
  costNs({ touchNs, swapReadNs, swapPageNs, fileReadNs, returnNs, unzipNs }: Costs): number {
    const { accesses, missesAnonymous, aheadPages, swapReads, fileReads, returnsAnonymous, returnsFile, staleReads } = this.traffic;
    const readsNs = swapReads * swapReadNs + (missesAnonymous + aheadPages) * swapPageNs + fileReads * fileReadNs;
    const returnsNs = (returnsAnonymous + returnsFile + staleReads) * returnNs;
    return accesses * touchNs + readsNs + returnsNs - this.unzips * (returnNs - unzipNs);
  }

  /** Of the last estimate(): touches that the compressed pool serves. */
  get unzips(): number {
    const { unzipsAnonymous, unzipsFile, staleUnzips } = this.traffic;
    return unzipsAnonymous + unzipsFile + staleUnzips;
  }

  /** Accesses that use up `budgetNs` at the present rates. */
  likely(budgetNs: number, costs: Costs): number {
    let returnRate = 0;
    let unzipRate = 0;
    for (const region of this.#workload.regions) {
      returnRate += region.returnRate;
      unzipRate += region.unzipRate;
    }
    const missRate = this.#workload.anonymous.missRate + this.#workload.file.missRate;
    const hostReads = returnRate + missRate * this.staleShare;
    const savedNs = (unzipRate + missRate * this.staleUnzipShare) * (costs.returnNs - costs.unzipNs);
    return budgetNs / (costs.touchNs + this.#readNsPerAccess(costs) + hostReads * costs.returnNs - savedNs);
  }

  /** Cost of the guest's own misses per access, at present. */
  #readNsPerAccess(costs: Costs): number {
    let ns = 0;
    for (const region of this.#workload.regions) if (region.missRate > 0) ns += region.missRate * this.#missNs(region, costs);
    return ns;
  }

  /** Cost of one missing page. */
  #missNs(region: Region, { swapReadNs, swapPageNs, fileReadNs }: Costs): number {
    const reads = this.#workload.readsPerMiss(region);
    return region.anonymous ? reads * swapReadNs + this.#workload.pagesPerMiss(region) * swapPageNs : reads * fileReadNs;
  }

  /** Fills `traffic` for `accesses`; returns the derivative of its cost. */
  estimate(accesses: number, costs: Costs, full: boolean): number {
    const { traffic } = this;
    clear(traffic);
    traffic.accesses = accesses;
    let slope = costs.touchNs;
    for (const region of this.#workload.regions) {
      region.expect(accesses, full);
      const hostSlope = region.returnSlope + region.missSlope * this.staleShare;
      slope += region.missSlope * this.#missNs(region, costs) + hostSlope * costs.returnNs;
      slope -= this.#unzipSlope(region) * (costs.returnNs - costs.unzipNs);
      this.#add(region, region.expectedMisses, region.expectedReturns);
    }
    traffic.staleReads = (traffic.missesAnonymous + traffic.missesFile) * this.staleShare;
    traffic.staleUnzips = (traffic.missesAnonymous + traffic.missesFile) * this.staleUnzipShare;
    return slope;
  }

  #unzipSlope({ expectedReturns, expectedUnzips, returnSlope, missSlope }: Region): number {
    if (expectedUnzips === 0) return missSlope * this.staleUnzipShare;
    return (returnSlope * expectedUnzips) / expectedReturns + missSlope * this.staleUnzipShare;
  }

  /**
   * Carries out the accesses of the last estimate, in which `mapped` pages of the swap cache are touched. Returns the faults without a
   * read: those, and the first write of a page that was read back for reading (mm/memory.c, do_swap_page(), do_wp_page()).
   */
  advance(full: boolean, keepSlots: boolean, mapped: number): number {
    const { workload, accesses } = { workload: this.#workload, accesses: this.traffic.accesses };
    let marked = workload.anonymous.markedPages;
    for (const region of workload.regions) {
      if (keepSlots && region.anonymous) marked += region.expectedMisses * (1 - region.writes);
      region.advance(accesses, full, keepSlots);
    }
    const minors = mapped + Math.max(0, marked - workload.anonymous.markedPages);
    if (accesses > 0) this.minorsPerAccess = minors / accesses;
    for (const list of [workload.anonymous, workload.file]) {
      list.clock += accesses;
      if (!full) list.grown(accesses);
    }
    return minors;
  }

  #add(region: Region, misses: number, returns: number): void {
    const { traffic } = this;
    const reads = misses * this.#workload.readsPerMiss(region);
    if (region.anonymous) {
      traffic.missesAnonymous += misses;
      traffic.aheadPages += misses * (this.#workload.pagesPerMiss(region) - 1);
      traffic.swapReads += reads;
      traffic.returnsAnonymous += returns;
      traffic.unzipsAnonymous += region.expectedUnzips;
    } else {
      traffic.missesFile += misses;
      traffic.fileReadPages += misses * (1 - region.writes);
      traffic.fileReads += reads;
      traffic.returnsFile += returns;
      traffic.unzipsFile += region.expectedUnzips;
    }
  }
}
