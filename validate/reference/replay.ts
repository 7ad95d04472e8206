/**
 * Page-level runs with transients: references, capacity steps, shifts of popularity.
 *
 * The miss ratio is not counted but known: at every reference it is the total chance of the pages that are not resident.
 * Its mean over a window carries much less noise than a count of misses, and the same expectation.
 */
import { Random } from "../../lib/engine/random.ts";
import { type CacheKind, HIT, makeCache, type PageCache } from "./caches.ts";
import { AliasSampler, choose, shuffleAmong } from "./popularity.ts";

/** What happens to the cache, in order. */
export type Step =
  /** Every page is touched once, in an order of no meaning. */
  | { readonly kind: "touch-all" }
  | { readonly kind: "capacity"; readonly pages: number }
  /** This share of the pages, drawn at random, exchange their popularities at random. */
  | { readonly kind: "shift"; readonly share: number }
  /** References, measured as `windows` windows of equal length. */
  | { readonly kind: "run"; readonly references: number; readonly windows: number };

export interface ReplayOptions {
  readonly policy: CacheKind;
  /** Chance of each rank. */
  readonly chance: Float64Array;
  readonly capacityPages: number;
  readonly steps: readonly Step[];
  readonly seed: number;
  /** Independent runs over which every window is averaged. */
  readonly repeats: number;
}

/** Mean miss ratio of each window of each run step, in order. */
export function replay(options: ReplayOptions): Float64Array {
  const windows = options.steps.reduce((sum, step) => sum + (step.kind === "run" ? step.windows : 0), 0);
  const sums = new Float64Array(windows);
  for (let repeat = 0; repeat < options.repeats; repeat++) new PageRun(options, repeat).addTo(sums);
  return sums.map((sum) => sum / options.repeats);
}

class PageRun {
  readonly #options: ReplayOptions;
  readonly #random: Random;
  readonly #cache: PageCache;
  readonly #ranks: AliasSampler;
  /** Page that holds each rank, and the chance of each page. */
  readonly #pageOfRank: Int32Array;
  readonly #chanceOf: Float64Array;
  #missingChance = 1;

  constructor(options: ReplayOptions, repeat: number) {
    const { chance, policy, capacityPages, seed } = options;
    this.#options = options;
    this.#random = new Random(seed, `replay-${policy}`, `${repeat}`);
    this.#cache = makeCache(policy, chance.length, capacityPages, this.#random);
    this.#ranks = new AliasSampler(chance, this.#random);
    this.#pageOfRank = Int32Array.from(chance, (_, rank) => rank);
    this.#chanceOf = Float64Array.from(chance);
  }

  addTo(sums: Float64Array): void {
    let window = 0;
    for (const step of this.#options.steps) {
      if (step.kind === "touch-all") this.#touchAll();
      else if (step.kind === "capacity") this.#resize(step.pages);
      else if (step.kind === "shift") this.#shift(step.share);
      else {
        for (let i = 0; i < step.windows; i++) (sums[window++] as number) += this.#run(Math.round(step.references / step.windows));
      }
    }
  }

  #run(references: number): number {
    let sum = 0;
    for (let i = 0; i < references; i++) {
      sum += this.#missingChance;
      this.#touch(this.#pageOfRank[this.#ranks.draw()] as number);
    }
    return sum / references;
  }

  #touch(page: number): void {
    const outcome = this.#cache.access(page);
    if (outcome === HIT) return;
    this.#missingChance -= this.#chanceOf[page] as number;
    if (outcome >= 0) this.#missingChance += this.#chanceOf[outcome] as number;
  }

  #touchAll(): void {
    for (const page of choose(this.#chanceOf.length, this.#chanceOf.length, this.#random)) this.#touch(page);
  }

  #resize(pages: number): void {
    this.#cache.setCapacity(pages);
    while (this.#cache.residentPages > pages) this.#missingChance += this.#chanceOf[this.#cache.evict()] as number;
  }

  #shift(share: number): void {
    const { chance } = this.#options;
    const chosen = choose(chance.length, Math.round(share * chance.length), this.#random);
    shuffleAmong(this.#pageOfRank, chosen, this.#random);
    this.#missingChance = 0;
    for (let rank = 0; rank < chance.length; rank++) {
      const page = this.#pageOfRank[rank] as number;
      this.#chanceOf[page] = chance[rank] as number;
      if (!this.#cache.has(page)) this.#missingChance += chance[rank] as number;
    }
  }
}

/** Share of misses of a cyclic scan over `pages`, counted over `laps` laps after as many to warm up. */
export function scanMisses(policy: CacheKind, pages: number, capacityPages: number, laps: number, seed: number): number {
  const cache = makeCache(policy, pages, capacityPages, new Random(seed, `scan-${policy}`, "victims"));
  let misses = 0;
  for (let lap = 0; lap < 2 * laps; lap++) {
    for (let page = 0; page < pages; page++) if (cache.access(page) !== HIT && lap >= laps) misses++;
  }
  return misses / (laps * pages);
}
