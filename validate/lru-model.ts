/** The model's own residency, driven through the steps of the page-level reference (reference/replay.ts). */
import type { PopularityLaw } from "../lib/scenario/scenario.ts";
import { Region } from "../services/guest/region.ts";
import { Residency } from "../services/guest/residency.ts";
import type { Step } from "./reference/replay.ts";

export interface ModelMemory {
  readonly law: PopularityLaw;
  readonly pages: number;
  readonly capacityPages: number;
  /** Accesses in one step of the guest, per page of the region: an idle guest makes few, a busy one as many as it has pages. */
  readonly stride: number;
}

/** Mean miss ratio of each window of each run step, in order. */
export function replayModel(memory: ModelMemory, steps: readonly Step[]): number[] {
  const run = new ModelRun(memory);
  return steps.flatMap((step) => run.take(step));
}

class ModelRun {
  readonly #pages: number;
  readonly #stride: number;
  readonly #region: Region;
  readonly #list: Residency;
  #capacityPages: number;

  constructor({ law, pages, capacityPages, stride }: ModelMemory) {
    this.#pages = pages;
    this.#stride = stride;
    this.#region = new Region({ name: "data", kind: "anonymous", pages, law, writes: 0.3, weight: 1 });
    this.#region.setShare(1);
    this.#list = new Residency([this.#region]);
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

  /** As a guest's step does it: fill up while there is room, then balance misses by evictions. */
  #chunk(accesses: number): number {
    const [region, list] = [this.#region, this.#list];
    region.expect(accesses, false);
    const full = region.residentPages + region.expectedMisses > this.#capacityPages;
    if (full) region.expect(accesses, true);
    const misses = region.expectedMisses;
    region.advance(accesses, full, true);
    if (full) list.settle(this.#capacityPages);
    else list.grown(accesses);
    return misses;
  }
}
