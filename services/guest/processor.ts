/**
 * The guest's virtual CPUs. The program's threads, kswapd and the balloon driver's work item share them as the fair scheduler does:
 * who wants less than an equal share gets what it wants, the others share the rest alike (kernel/sched/fair.c).
 */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import type { Surroundings } from "./threadpool.ts";

/** Time in which every runnable task has its turn: sched_latency. */
const PERIOD_NS = 6_000_000;

/** kswapd and the balloon's work item. */
const MOST_WORKERS = 2;

const FREE: ProcessorConfig = { cpus: Number.POSITIVE_INFINITY, touchNs: 0, faultNs: 0, scanNs: 0, swapOutNs: 0 };

export class Processor {
  readonly costs: ProcessorConfig;
  /** CPUs that its host leaves it now. */
  cpus: number;
  /** CPU time that a thread would use of its time if it never waited for a CPU: 0 to 1. */
  busy = 1;
  /** CPU time for each of the kernel's workers in this stretch. */
  workerNs = Number.POSITIVE_INFINITY;
  /** CPUs that the kernel's workers left the threads in the last stretch. */
  #restCpus: number;
  #lengthNs = 0;
  #threads = 0;
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

  /** A stretch begins in which `threads` threads and `workers` of the kernel's want to run. */
  begin(lengthNs: number, threads: number, workers: number): void {
    this.#lengthNs = lengthNs;
    this.#threads = threads;
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
    const [threads, workers] = [this.#threads, this.#workers];
    if (workers === 0) return 1;
    return Math.min(1, Math.max((cpus - threads * this.busy) / workers, cpus / (threads + workers)));
  }

  /** What pools of `threads` threads meet: beside as many workers as there are at most they have an equal share in the long run. */
  surroundings(readNs: number, threads: number): Surroundings {
    const cpus = Math.max(this.#restCpus, (this.cpus * threads) / (threads + MOST_WORKERS));
    const { faultNs, fileReadNs = faultNs } = this.costs;
    return { readNs, faultNs, fileReadNs, cpus };
  }

  /** Faults that `threads` threads get through before the turn of another of `workers` tasks comes. */
  faultsPerPeriod(threads: number, workers: number): number {
    return (PERIOD_NS * threads) / (threads + workers) / this.costs.faultNs;
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
