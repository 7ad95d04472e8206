/**
 * Host swapping by LRU: the host sees which pages of the guest are accessed, and takes those that were not for longest. Free pages
 * go first, then pages of programs and files by their age, then the kernel's own, which are touched all the time.
 *
 * The age that just so many pages exceed is found as that of a guest's list is (residency.ts).
 */
import { Carry } from "./counters.ts";
import type { Region } from "./region.ts";
import { OLDEST } from "./replacement/press.ts";
import { spread } from "./spread.ts";
import type { Workload } from "./workload.ts";

const MAX_ROUNDS = 60;
const TOLERANCE_PAGES = 0.5;

/** Pages by where they are: of each kind in use, free, and of the credit. */
export type Held = readonly [kernel: number, anonymous: number, cache: number, free: number, credit: number];
/** Pages that host swapping took from anonymous memory and cache; negative: they came back. */
export type Lost = { readonly anonymous: number; readonly cache: number };

export class Oldest {
  readonly #workload: Workload;
  readonly #carry = new Carry();
  /** Pages untouched for so many accesses are out; where the last search ended. */
  #ageAccesses = 1;

  constructor(workload: Workload) {
    this.#workload = workload;
    for (const region of workload.regions) region.outOldest = true;
  }

  /** Chooses `pages` of what is held. */
  choose(pages: number, [kernel, anonymous, cache, free, credit]: Held): Held {
    const idle = Math.min(pages, free);
    const wanted = Math.min(pages - idle, anonymous + cache);
    const { anonymous: first, file } = wanted === 0 ? { anonymous: 0, file: 0 } : this.#beyond(wanted);
    const even = first + file > 0 ? this.#carry.take((wanted * first) / (first + file)) : 0;
    const programs = Math.min(anonymous, Math.max(even, wanted - cache), wanted);
    const [own, unused] = spread(pages - idle - wanted, [kernel, credit]) as [number, number];
    return [own, programs, wanted - programs, idle, unused];
  }

  /** Of anonymous memory and files, the backed pages beyond the age that `pages` of them exceed. */
  #beyond(pages: number): { readonly anonymous: number; readonly file: number } {
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let age = this.#ageAccesses;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const excess = this.#older(age, true) + this.#older(age, false) - pages;
      if (Math.abs(excess) <= TOLERANCE_PAGES) break;
      if (excess > 0) low = age;
      else high = age;
      // What is never touched is older than any age.
      if (high === Number.POSITIVE_INFINITY && age >= OLDEST) break;
      if (high === Number.POSITIVE_INFINITY) age *= 2;
      else age = low > 0 && high > 4 * low ? Math.sqrt(low * high) : (low + high) / 2;
    }
    this.#ageAccesses = Math.max(1, age);
    return { anonymous: this.#older(age, true), file: this.#older(age, false) };
  }

  #older(age: number, anonymous: boolean): number {
    let sum = 0;
    for (const region of this.#workload.regions) if (region.anonymous === anonymous) sum += older(region, age);
    return sum;
  }

  /** The chosen pages are out. */
  evicted({ anonymous, cache }: Lost): void {
    for (const [kind, pages] of [
      [true, anonymous],
      [false, cache],
    ] as const) {
      const all = this.#older(this.#ageAccesses, kind);
      if (all <= 0 || pages === 0) continue;
      for (const region of this.#workload.regions) if (region.anonymous === kind) swapOut(region, Math.min(1, pages / all));
    }
  }
}

/** Backed pages of a region that were not touched in the last `age` accesses, by class in `next`: what is missing or out is older. */
function older(region: Region, age: number): number {
  const { pages, next, missing, out } = region;
  if (region.touchedPages > 0) region.ageing.unused(age);
  let sum = 0;
  for (let i = 0; i < pages.length; i++) {
    const backed = (pages[i] as number) * ((next[i] as number) - (missing[i] as number)) - (out[i] as number);
    next[i] = Math.max(0, backed);
    sum += next[i] as number;
  }
  return sum;
}

/** This share of what older() has found in a region is out. */
function swapOut(region: Region, share: number): void {
  for (let i = 0; i < region.out.length; i++) (region.out[i] as number) += (region.next[i] as number) * share;
  region.tally();
}
