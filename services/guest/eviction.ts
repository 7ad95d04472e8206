/** Host swapping as the guest's memory suffers it: so many pages are gone, and which they are is drawn here. */
import type { HostConfig } from "../../lib/scenario/scenario.ts";
import { ANONYMOUS, CACHE, FREE, KERNEL, type Memory } from "./memory.ts";
import { type Held, type Lost, Oldest } from "./oldest.ts";
import { spread } from "./spread.ts";
import type { Workload } from "./workload.ts";

/** Chooses `pages` of what is held. */
type Victims = (pages: number, held: Held) => Held;

/** The host does not know what it takes: every kind loses in proportion. */
const atRandom: Victims = (pages, held) => spread(pages, held) as unknown as Held;

export class Evictions {
  readonly #memory: Memory;
  readonly #workload: Workload;
  readonly #oldest: Oldest | undefined;

  constructor(memory: Memory, workload: Workload, victims: HostConfig["hostSwapVictims"]) {
    this.#memory = memory;
    this.#workload = workload;
    this.#oldest = victims === "lru" ? new Oldest(workload) : undefined;
  }

  /**
   * Takes note of the ledger's eviction total. It can fall: then some of the pages thought evicted here had been released before
   * (docs/architecture.md).
   */
  upTo(totalPages: number): void {
    const memory = this.#memory;
    const oldest = this.#oldest;
    const pages = Math.min(totalPages - memory.evictedSeenTotalPages, memory.heldPages);
    memory.evictedSeenTotalPages += pages;
    if (pages < 0) this.#spread(restore(memory, -pages));
    else if (oldest === undefined) this.#spread(evict(memory, pages, atRandom));
    else oldest.evicted(evict(memory, pages, (wanted, held) => oldest.choose(wanted, held)));
  }

  /** Among its heat classes each kind loses in proportion. */
  #spread({ anonymous, cache }: Lost): void {
    if (anonymous !== 0) this.#workload.anonymous.evictedByHost(anonymous);
    if (cache !== 0) this.#workload.file.evictedByHost(cache);
  }
}

function evict(memory: Memory, pages: number, victims: Victims): Lost {
  const { freeBackedPages, creditPages } = memory;
  const held = [memory.backed(KERNEL), memory.backed(ANONYMOUS), memory.backed(CACHE), freeBackedPages, creditPages] as const;
  const [kernel, anonymous, cache, free, credit] = victims(pages, held);
  move(memory, 1, kernel, anonymous, cache, free);
  memory.creditPages -= credit;
  return { anonymous, cache };
}

function restore(memory: Memory, pages: number): Lost {
  const known = Math.min(pages, memory.hostSwappedPages);
  const out = [memory.out(KERNEL), memory.out(ANONYMOUS), memory.out(CACHE), memory.freeOutPages];
  const [kernel, anonymous, cache, free] = spread(known, out) as [number, number, number, number];
  move(memory, -1, kernel, anonymous, cache, free);
  // What was read back meanwhile used a page of the credit for nothing.
  memory.creditPages += pages - known;
  return { anonymous: -anonymous, cache: -cache };
}

function move(memory: Memory, sign: 1 | -1, kernel: number, anonymous: number, cache: number, free: number): void {
  memory.swapOut(KERNEL, sign * kernel);
  memory.swapOut(ANONYMOUS, sign * anonymous);
  memory.swapOut(CACHE, sign * cache);
  memory.swapOut(FREE, sign * free);
}
