/** A workload's threads as one closed loop: those that visit regions by weight, and those that regions have to themselves. */
import type { ProcessorConfig } from "../../lib/scenario/processor.ts";
import type { PhaseConfig, WorkloadConfig } from "../../lib/scenario/scenario.ts";
import type { ThreadsConfig } from "../../lib/scenario/threads.ts";
import type { Region } from "./region.ts";
import { type Misses, runPools, type Surroundings, ThreadPool, type TouchTimes, UNLIMITED } from "./threadpool.ts";

/** A share of accesses that moved by less stays as it is. */
const LEAST_MOVE = 0.01;

export class Threads {
  #cpus: number;
  readonly #shared: ThreadPool;
  /** The shared one among them; empty where it is the only one. */
  readonly pools: readonly ThreadPool[];
  readonly #own: ReadonlyMap<Region, ThreadPool>;
  /** Of all pools, and in the mean of what they do. */
  count = 0;
  times: TouchTimes;
  /** Accesses per ns without a fault. */
  unpressedPerNs = 0;

  constructor(
    { threads, thinkNs, touches }: WorkloadConfig,
    processor: ProcessorConfig | undefined,
    regions: readonly Region[],
    misses: Misses,
  ) {
    const ownNs = processor?.touchNs ?? 0;
    const times = { thinkNs: thinkNs / touches, ownNs };
    const pool = (config: ThreadsConfig, of: readonly Region[]): ThreadPool => {
      const its = { thinkNs: config.thinkNs ?? times.thinkNs, ownNs: config.touchNs ?? ownNs };
      return new ThreadPool(config, its, of, misses);
    };
    this.#cpus = processor?.cpus ?? Number.POSITIVE_INFINITY;
    this.#shared = pool(
      { threads },
      regions.filter(({ config }) => config.own === undefined),
    );
    this.#own = new Map(
      regions.flatMap((region) => (region.config.own === undefined ? [] : [[region, pool(region.config.own, [region])]])),
    );
    this.pools = this.#own.size === 0 ? [] : [...this.#own.values(), this.#shared];
    this.times = times;
    this.begin();
  }

  /** Sets what the phase names; `thinkNs` of one touch of the shared ones. */
  enter({ threads, regions, cpus }: PhaseConfig, thinkNs: number): void {
    this.#cpus = cpus ?? this.#cpus;
    this.#shared.threads = threads ?? this.#shared.threads;
    this.#shared.times = { ...this.#shared.times, thinkNs };
    for (const [region, pool] of this.#own) pool.threads = regions?.[region.config.name]?.threads ?? pool.threads;
    this.begin();
  }

  /** Sizes, weights or threads have changed, and nothing faults yet. */
  begin(): void {
    if (this.pools.length > 0) {
      this.unpressedPerNs = this.#run({ readNs: 0, swapPageNs: 0, fileReadNs: 0, cpus: this.#cpus, dirtyPerNs: UNLIMITED }, 0);
      return;
    }
    const { threads, times } = this.#shared;
    this.count = threads;
    this.times = times;
    this.unpressedPerNs = Math.min(threads / times.thinkNs, times.ownNs > 0 ? this.#cpus / times.ownNs : Number.POSITIVE_INFINITY);
    this.#weigh(1, 0, 0);
  }

  /** The shares of accesses follow what each pool gets done while reads take so long. */
  mix(surroundings: Surroundings): void {
    if (this.pools.length > 0) {
      this.#run(surroundings, LEAST_MOVE);
      return;
    }
    const { times } = this.#shared;
    const paceNs = this.#shared.paceNs(surroundings);
    this.times = paceNs > times.thinkNs ? { thinkNs: paceNs, ownNs: times.ownNs } : times;
  }

  /** Returns the accesses per ns. */
  #run(surroundings: Surroundings, least: number): number {
    runPools(this.pools, surroundings);
    let perNs = 0;
    let thinkNs = 0;
    let ownNs = 0;
    this.count = 0;
    for (const pool of this.pools) {
      if (!pool.idle) this.count += pool.threads;
      perNs += pool.perNs;
      thinkNs += pool.perNs * pool.thinkNs;
      ownNs += pool.perNs * pool.times.ownNs;
    }
    if (perNs === 0) return 0;
    this.times = { thinkNs: thinkNs / perNs, ownNs: ownNs / perNs };
    this.#weigh(this.#shared.perNs / perNs, perNs, least);
    return perNs;
  }

  /** Of the accesses `shared` go to regions by weight, the others are the pools' of `perNs`. */
  #weigh(shared: number, perNs: number, least: number): void {
    let sum = 0;
    for (const region of this.#shared.regions) if (region.wantedPages > 0) sum += region.weight;
    for (const region of this.#shared.regions) {
      share(region, sum > 0 && region.wantedPages > 0 ? (shared * region.weight) / sum : 0, least);
    }
    for (const [region, pool] of this.#own) share(region, pool.perNs / perNs, least);
  }
}

function share(region: Region, share: number, least: number): void {
  if (Math.abs(share - region.share) > least * share || share === 0) region.setShare(share);
}
