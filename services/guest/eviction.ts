/** Host swapping as the guest's memory suffers it: so many pages are gone, and which they are is drawn here. */
import { type CompressionConfig, poolOf } from "../../lib/scenario/compression.ts";
import type { HostConfig } from "../../lib/scenario/scenario.ts";
import type { Compression } from "../../lib/wire/messages.ts";
import { CompressedAges } from "./compressedages.ts";
import { ANONYMOUS, CACHE, FREE, KERNEL, type Memory } from "./memory.ts";
import { type Held, type Lost, Oldest } from "./oldest.ts";
import { spread } from "./spread.ts";
import type { Workload } from "./workload.ts";

/** How a host takes pages. */
export interface SwappingHost {
  readonly hostSwapVictims: HostConfig["hostSwapVictims"];
  readonly compression?: CompressionConfig;
}

/** Places of what is held, in the order of Held; the last is the credit. */
const PLACES = [KERNEL, ANONYMOUS, CACHE, FREE] as const;

/** Chooses `pages` of what is held. */
type Victims = (pages: number, held: Held) => Held;

/** The host does not know what it takes: every kind loses in proportion. */
const atRandom: Victims = (pages, held) => spread(pages, held) as unknown as Held;

export class Evictions {
  readonly #memory: Memory;
  readonly #workload: Workload;
  readonly #oldest: Oldest | undefined;
  /** Of the pages in the host's compressed pool; absent: it has none. */
  readonly ages: CompressedAges | undefined;
  /** Time of a touch of such a page. */
  readonly decompressNs: number;

  constructor(memory: Memory, workload: Workload, host: SwappingHost) {
    const pool = poolOf(host);
    this.#memory = memory;
    this.#workload = workload;
    this.#oldest = host.hostSwapVictims === "lru" ? new Oldest(workload) : undefined;
    this.ages = pool === undefined ? undefined : new CompressedAges(memory, workload);
    this.decompressNs = pool?.decompressNs ?? 0;
  }

  /**
   * Takes note of the ledger's eviction total, and of what of it went into the compressed pool and through it. The first can fall:
   * then some of the pages thought evicted here had been released before (docs/architecture.md).
   */
  upTo(totalPages: number, compression?: Compression): void {
    const memory = this.#memory;
    const { gone } = memory;
    const pages = Math.min(totalPages - memory.evictedSeenTotalPages, memory.heldPages);
    const stored = compression === undefined ? 0 : compression.storedTotalPages - gone.storedTotalPages;
    const spilled = compression === undefined ? 0 : compression.spilledTotalPages - gone.spilledTotalPages;
    memory.evictedSeenTotalPages += pages;
    gone.storedTotalPages += stored;
    if (pages < 0) this.#spread(restore(memory, -pages));
    if (pages > 0) this.#evict(pages, Math.min(pages, stored));
    // Of what went into the pool after pages that the guest had given back, nothing is there.
    gone.droppedTotalPages += stored - Math.min(Math.max(0, pages), stored);
    if (spilled > 0) this.#spill(spilled);
    else if (spilled < 0) this.#unspill(-spilled);
  }

  #evict(pages: number, stored: number): void {
    const memory = this.#memory;
    const held = [
      memory.backed(KERNEL),
      memory.backed(ANONYMOUS),
      memory.backed(CACHE),
      memory.freeBackedPages,
      memory.creditPages,
    ] as const;
    const taken = this.#oldest === undefined ? atRandom(pages, held) : this.#oldest.choose(pages, held);
    const compressed = spread(stored, taken);
    this.ages?.mark();
    for (const [i, place] of PLACES.entries()) memory.gone.add(place, taken[i] as number, compressed[i] as number);
    const [, anonymous, cache, free, credit] = taken;
    memory.freeBackedPages -= free;
    memory.creditPages -= credit;
    // Pages of the credit have no contents.
    memory.gone.droppedTotalPages += compressed[PLACES.length] as number;
    if (this.#oldest === undefined) this.#spread({ anonymous, cache });
    else this.#oldest.evicted({ anonymous, cache });
    if (stored > 0) this.ages?.stored(taken, compressed);
  }

  /** The pool was full: its oldest went on to the host's swap. Some may have left before. */
  #spill(pages: number): void {
    const { gone } = this.#memory;
    const known = Math.min(pages, gone.compressedPages);
    gone.spilledTotalPages += known;
    this.ages?.fit();
    for (const [place, part] of (this.ages?.spill(known) ?? []).entries()) gone.spill(place, part);
  }

  /** The host has heard that they had left: so many others are still in the pool, or left since. */
  #unspill(pages: number): void {
    const { gone } = this.#memory;
    const known = Math.min(pages, gone.pages - gone.compressedPages);
    gone.spilledTotalPages -= pages;
    gone.droppedTotalPages += pages - known;
    const swapped = PLACES.map((place) => gone.at(place) - gone.compressed(place));
    for (const [i, part] of spread(known, swapped).entries()) gone.spill(PLACES[i] as number, -part);
  }

  /** Among its heat classes each kind loses in proportion. */
  #spread({ anonymous, cache }: Lost): void {
    if (anonymous !== 0) this.#workload.anonymous.evictedByHost(anonymous);
    if (cache !== 0) this.#workload.file.evictedByHost(cache);
  }
}

function restore(memory: Memory, pages: number): Lost {
  const known = Math.min(pages, memory.gone.pages);
  const out = PLACES.map((place) => memory.out(place));
  const back = spread(known, out);
  for (const [i, place] of PLACES.entries()) memory.gone.drop(place, back[i] as number);
  const [, anonymous, cache, free] = back as [number, number, number, number];
  memory.freeBackedPages += free;
  // What was read back meanwhile used a page of the credit for nothing.
  memory.creditPages += pages - known;
  return { anonymous: -anonymous, cache: -cache };
}
