/**
 * Threads that visit regions of their own: each loops by itself, so a fault of one pool does not hold up the others
 * (docs/model.md section 2). The workload's shares of accesses follow from what each pool gets done.
 */
import type { ThreadsConfig } from "../../lib/scenario/threads.ts";
import { MILLISECOND_NS } from "../../lib/units.ts";
import type { Region } from "./region.ts";

/** Times of one read: until it is answered, and of the CPU, by pages from swap and by reads of a file; and the CPUs for the threads. */
export interface Surroundings {
  readonly readNs: number;
  readonly swapPageNs: number;
  readonly fileReadNs: number;
  readonly cpus: number;
  /** Pages of files that may become dirty in one ns: balance_dirty_pages(). */
  readonly dirtyPerNs: number;
}

/** What a miss of a region's page costs: reads, and pages that come in. */
export interface Misses {
  readsPerMiss(region: Region): number;
  pagesPerMiss(region: Region): number;
}

export const UNLIMITED = Number.POSITIVE_INFINITY;
/** MAX_PAUSE of mm/page-writeback.c. */
const MOST_PAUSE_NS = 200 * MILLISECOND_NS;

/** Of one touch: its time without reads, and what of it is CPU time. */
export interface TouchTimes {
  readonly thinkNs: number;
  readonly ownNs: number;
}

export class ThreadPool {
  readonly regions: readonly Region[];
  threads: number;
  /** Without a fault. */
  times: TouchTimes;
  readonly #paced: boolean;
  readonly #misses: Misses;
  /** Of the last runPools(): accesses per ns, time of one beside its reads, CPUs in use. */
  perNs = 0;
  thinkNs = 0;
  cpus = 0;
  /** CPU time that each thread would use of its time if it never waited for a CPU. */
  busy = 0;

  constructor(config: ThreadsConfig, times: TouchTimes, regions: readonly Region[], misses: Misses) {
    this.threads = config.threads;
    this.times = times;
    this.#paced = config.paced ?? false;
    this.regions = regions;
    this.#misses = misses;
  }

  get idle(): boolean {
    return this.threads === 0 || !this.regions.some((region) => region.wantedPages > 0);
  }

  /** Least time of an access, for the pages of files that it makes dirty. A thread waits for one no longer than the kernel's pause. */
  paceNs({ dirtyPerNs }: Surroundings): number {
    if (dirtyPerNs === UNLIMITED) return 0;
    let [dirtied, share] = [0, 0];
    for (const region of this.regions) {
      share += region.share;
      if (!region.anonymous && region.writes > 0) dirtied += region.writes * cleanRate(region);
    }
    return dirtied > 0 ? (dirtied / share) * Math.min(MOST_PAUSE_NS, this.threads / dirtyPerNs) : 0;
  }

  /** What it would do with CPUs of its own. A paced thread makes up for its waits while its schedule leaves it time. */
  want(surroundings: Surroundings): void {
    const { readNs, swapPageNs, fileReadNs } = surroundings;
    const { thinkNs, ownNs } = this.times;
    const reads = this.#perAccess((region) => this.#misses.readsPerMiss(region));
    const cpuNs = this.#perAccess((region) =>
      region.anonymous ? this.#misses.pagesPerMiss(region) * swapPageNs : this.#misses.readsPerMiss(region) * fileReadNs,
    );
    const waitNs = reads * readNs + cpuNs;
    const freeNs = this.#paced ? Math.max(thinkNs, ownNs + waitNs) : thinkNs + waitNs;
    const accessNs = Math.max(freeNs, this.paceNs(surroundings));
    this.perNs = this.idle ? 0 : this.threads / accessNs;
    this.thinkNs = accessNs - waitNs;
    this.cpus = this.perNs * (ownNs + cpuNs);
    this.busy = this.threads > 0 ? Math.min(1, this.cpus / this.threads) : 0;
  }

  /** It gets no more than so many CPUs. */
  limit(cpus: number): void {
    if (this.cpus <= cpus) return;
    this.perNs *= cpus / this.cpus;
    this.cpus = cpus;
  }

  /** What costs so much per miss, per access of its own. */
  #perAccess(perMiss: (region: Region) => number): number {
    let sum = 0;
    let share = 0;
    for (const region of this.regions) {
      share += region.share;
      if (region.missRate > 0) sum += region.missRate * perMiss(region);
    }
    return share > 0 ? sum / share : 0;
  }
}

/** Touches of pages that are not dirty per access of the workload. */
function cleanRate({ pages, marked, rate }: Region): number {
  let sum = 0;
  for (let i = 0; i < pages.length; i++) sum += (rate[i] as number) * Math.max(0, (pages[i] as number) - (marked[i] as number));
  return sum;
}

/** All pools run: each thread gets an equal share of the CPUs, or what it wants if that is less (kernel/sched/fair.c). */
export function runPools(pools: readonly ThreadPool[], surroundings: Surroundings): void {
  for (const pool of pools) pool.want(surroundings);
  const busy = pools.filter(({ perNs }) => perNs > 0).sort((a, b) => a.cpus / a.threads - b.cpus / b.threads);
  let threads = busy.reduce((sum, pool) => sum + pool.threads, 0);
  let { cpus } = surroundings;
  // Who wants least first: it leaves the others the more.
  for (const pool of busy) {
    pool.limit((cpus * pool.threads) / threads);
    cpus -= pool.cpus;
    threads -= pool.threads;
  }
}
