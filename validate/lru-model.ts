/** The model's own residency, driven through the steps of the page-level reference (reference/replay.ts). */
import type { Lives, PopularityLaw, RegionConfig } from "../lib/scenario/scenario.ts";
import { Region } from "../services/guest/region.ts";
import { Residency } from "../services/guest/residency.ts";
import type { Step } from "./reference/replay.ts";

export interface ModelMemory {
  readonly law: PopularityLaw;
  readonly pages: number;
  readonly capacityPages: number;
  /** Accesses in one step of the guest, per page of the region: an idle guest makes few, a busy one as many as it has pages. */
  readonly stride: number;
  /** Replacement law; absent: LRU. */
  readonly lives?: Lives;
}

/** Accesses that leave no page of a region untouched. */
const LONG = 1e12;

/** Mean miss ratio of each window of each run step, in order. */
export function replayModel(memory: ModelMemory, steps: readonly Step[]): number[] {
  const run = new ModelRun(memory);
  return steps.flatMap((step) => run.take(step));
}

/** Misses per access of a region that has long been used as it is, in so many pages of memory. */
export function steadyMissRatio(config: RegionConfig, capacityPages: number): number {
  const region = new Region(config);
  region.setShare(1);
  const list = new Residency([region]);
  list.grow(region, config.pages);
  region.advance(LONG, false, true);
  list.grown(LONG);
  list.settle(capacityPages);
  return region.missRate;
}

class ModelRun {
  readonly #pages: number;
  readonly #stride: number;
  readonly #region: Region;
  readonly #list: Residency;
  #capacityPages: number;

  constructor({ law, pages, capacityPages, stride, lives = "lru" }: ModelMemory) {
    this.#pages = pages;
    this.#stride = stride;
    this.#region = new Region({ name: "data", kind: "anonymous", pages, law, writes: 0.3, weight: 1 }, lives);
    this.#region.setShare(1);
    this.#list = new Residency([this.#region], lives);
    this.#capacityPages = capacityPages;
  }

  take(step: Step): number[] {
    if (step.kind === "touch-all") this.#region.grow(this.#pages - this.#region.touchedPages);
    else if (step.kind === "capacity") this.#capacityPages = step.pages;
    else if (step.kind === "shift") this.#region.shift(step.share);
    else return Array.from({ length: step.windows }, () => this.#run(step.references / step.windows));
    if (this.#region.residentPages > this.#capacityPages) this.#list.settle(this.#capacityPages);
    return [];
  }

  #run(references: number): number {
    const chunks = Math.ceil(references / (this.#stride * this.#pages));
    let misses = 0;
    for (let i = 0; i < chunks; i++) misses += this.#chunk(references / chunks);
    return misses / references;
  }

  /** As a guest's step does it: misses fill memory up while there is room; then each is balanced by an eviction. */
  #chunk(accesses: number): number {
    const room = this.#capacityPages - this.#region.residentPages;
    const filling = this.#misses(accesses) <= room ? accesses : this.#reaching(room, accesses);
    let misses = this.#misses(filling);
    this.#region.advance(filling, false, true);
    this.#list.grown(filling);
    if (filling === accesses) return misses;
    const pieces = this.#list.piecesOf(accesses - filling);
    for (let i = 0; i < pieces; i++) misses += this.#turnOver((accesses - filling) / pieces);
    return misses;
  }

  #turnOver(accesses: number): number {
    this.#list.aim(accesses);
    this.#region.expect(accesses, true);
    const misses = this.#region.expectedMisses;
    this.#region.advance(accesses, true, true);
    this.#list.settle(this.#capacityPages);
    return misses;
  }

  /** Misses of so many accesses if nothing is evicted. */
  #misses(accesses: number): number {
    this.#region.expect(accesses, false);
    return this.#region.expectedMisses;
  }

  /** Accesses, of at most `most`, that miss `room` times. */
  #reaching(room: number, most: number): number {
    if (room <= 0) return 0;
    let [low, high] = [0, most];
    for (let round = 0; round < 50; round++) {
      const middle = (low + high) / 2;
      if (this.#misses(middle) <= room) low = middle;
      else high = middle;
    }
    return low;
  }
}
