/**
 * The guest's virtual CPUs. The program's threads, kswapd and the balloon driver's work item share them as the fair scheduler does:
 * who wants less than an equal share gets what it wants, the others share the rest alike (kernel/sched/fair.c).
 */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import type { Surroundings } from "./threadpool.ts";

/** Time in which every runnable task has its turn, on one CPU: sched_latency. */
const PERIOD_NS = 6_000_000;
/** get_update_sysctl_factor(): it grows with the logarithm of the CPUs, up to 8 of them. */
const MOST_SCALING_CPUS = 8;

/** kswapd and the balloon's work item. */
const MOST_WORKERS = 2;

const FREE: ProcessorConfig = { cpus: Number.POSITIVE_INFINITY, touchNs: 0, faultNs: 0, scanNs: 0, swapOutNs: 0 };

/** Threads that want alike. */
export interface Runnable {
  readonly threads: number;
  /** CPU time that each would use of its time if it never waited for a CPU: 0 to 1. */
  readonly busy: number;
}

export class Processor {
  readonly costs: ProcessorConfig;
  /** CPUs that its host leaves it now. */
  cpus: number;
  /** All of the workload's threads, where no pools are told apart. */
  readonly #all = { threads: 0, busy: 1 };
  readonly #alike: readonly Runnable[] = [this.#all];
  #pools: readonly Runnable[] = this.#alike;
  /** CPU time for each of the kernel's workers in this stretch. */
  workerNs = Number.POSITIVE_INFINITY;
  /** CPUs that the kernel's workers left the threads in the last stretch. */
  #restCpus: number;
  #lengthNs = 0;
  #workers = 0;
  #beganAtNs = 0;
  /** Used by the kernel's workers, and not yet taken from the threads. */
  #usedNs = 0;

  constructor(config: ProcessorConfig | undefined) {
    this.costs = config ?? FREE;
    this.cpus = this.costs.cpus;
    this.#restCpus = this.cpus;
  }

  /** The kernel's work takes CPU time. */
  get limited(): boolean {
    return this.costs !== FREE;
  }

  set busy(share: number) {
    this.#all.busy = share;
  }

  /** A stretch begins in which `threads` threads, of which `pools` want differently, and `workers` of the kernel's want to run. */
  begin(lengthNs: number, threads: number, workers: number, pools: readonly Runnable[] = []): void {
    this.#lengthNs = lengthNs;
    this.#all.threads = threads;
    this.#pools = threads > 0 && pools.length > 0 ? pools : this.#alike;
    this.#workers = workers;
    this.#beganAtNs = this.#usedNs;
    if (this.limited) this.workerNs = lengthNs * this.#share(this.cpus);
  }

  /** One of the kernel's workers has done all that it had to do: the others share what it left. */
  finish(): void {
    if (!this.limited || this.#workers < 2) return;
    this.#workers--;
    this.workerNs = this.#lengthNs * this.#share(Math.max(0, this.cpus - (this.#usedNs - this.#beganAtNs) / this.#lengthNs));
  }

  /** Of so many CPUs, those for each of the kernel's workers. */
  #share(cpus: number): number {
    if (this.#workers === 0) return 1;
    const scale = this.#scale();
    let share = 0;
    for (let round = 0; round <= this.#pools.length; round++) {
      // Who wants less than the share so far leaves the rest to the others.
      let [left, tasks] = [cpus, this.#workers];
      for (const { threads, busy } of this.#pools) {
        const wanted = Math.min(1, busy * scale);
        if (wanted < share) left -= threads * wanted;
        else tasks += threads;
      }
      share = Math.max(share, left / tasks);
    }
    return Math.min(1, share);
  }

  /** Pools' wants stand in relation to one another: with what they reclaim themselves they come to what all wanted in the last stretch. */
  #scale(): number {
    let wanted = 0;
    for (const { threads, busy } of this.#pools) wanted += threads * busy;
    return wanted > 0 ? (this.#all.threads * this.#all.busy) / wanted : 1;
  }

  /** What pools of `threads` threads meet: beside as many workers as there are at most they have an equal share in the long run. */
  surroundings(readNs: number, threads: number, dirtyPerNs: number): Surroundings {
    const cpus = Math.max(this.#restCpus, (this.cpus * threads) / (threads + MOST_WORKERS));
    const { faultNs, fileReadNs = faultNs } = this.costs;
    return { readNs, swapPageNs: faultNs, fileReadNs, cpus, dirtyPerNs };
  }

  /** Faults that `threads` threads get through before the turn of another of `workers` tasks comes. */
  faultsPerPeriod(threads: number, workers: number): number {
    const periodNs = PERIOD_NS * (32 - Math.clz32(Math.min(MOST_SCALING_CPUS, Math.max(1, this.costs.cpus))));
    return (periodNs * threads) / (threads + workers) / this.costs.faultNs;
  }

  /** CPUs for each of the kernel's workers; and the speed that this leaves who takes pages for the balloon, of its best. */
  get workerShare(): number {
    return Math.min(1, this.workerNs / this.#lengthNs);
  }

  get inflationShare(): number {
    const { inflateShare = 1 } = this.costs;
    return this.workerShare / (inflateShare + (1 - inflateShare) * this.workerShare);
  }

  use(ns: number): void {
    if (this.limited) this.#usedNs += ns;
  }

  /** CPU time that is left for the threads of a stretch. */
  takeRest(lengthNs: number): number {
    if (!this.limited) return Number.POSITIVE_INFINITY;
    const allNs = this.cpus * lengthNs;
    const takenNs = Math.min(allNs, this.#usedNs);
    this.#usedNs -= takenNs;
    this.#restCpus = (allNs - takenNs) / lengthNs;
    return allNs - takenNs;
  }
}
