/**
 * The program as it would be with all the memory that it asks for, against which slowdown is measured: new memory costs it first touches
 * and the first reads of files, but no wait for pages.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Region } from "./region.ts";

/** Zeroing and mapping a page on its first touch (HyperAlloc's artifact, EuroSys 2025). */
export const FIRST_TOUCH_NS = 3_900;
/** File read-ahead of a sequential reader: 128 KiB, VM_READAHEAD_PAGES. */
export const FILE_READ_AHEAD_PAGES = 32;

/** Share of a region's pages that their first touch reads: a file's, unless it is a write, which covers its page whole. */
export function firstReadShare({ anonymous, writes }: Region): number {
  return anonymous ? 0 : 1 - writes;
}

export class Unpressed {
  /** Pages left to touch: the kernel's, before the program starts; then the program's, by one of its threads, made or read. */
  readonly #kernel = { pages: 0 };
  readonly #made = { pages: 0 };
  readonly #read = { pages: 0 };
  /** Response time of a read, as the disk is now. */
  readNs = 0;

  constructor(kernelPages: number, regions: readonly Region[]) {
    this.#kernel.pages = kernelPages;
    for (const region of regions) this.want(region, region.wantedPages);
  }

  /** The program wants so many pages more of a region, or fewer. */
  want(region: Region, pages: number): void {
    const read = pages * firstReadShare(region);
    this.#made.pages = Math.max(0, this.#made.pages + pages - read);
    this.#read.pages = Math.max(0, this.#read.pages + read);
  }

  /** Of `lengthNs`, what the threads have for operations, in the mean. */
  operatingNs(lengthNs: number, threads: number): number {
    const upNs = lengthNs - touched(this.#kernel, lengthNs, FIRST_TOUCH_NS);
    const madeNs = touched(this.#made, upNs, FIRST_TOUCH_NS);
    const readNs = touched(this.#read, upNs - madeNs, FIRST_TOUCH_NS + this.readNs / FILE_READ_AHEAD_PAGES);
    return upNs - (madeNs + readNs) / Math.max(1, threads);
  }

  digest(hasher: Hasher): void {
    for (const { pages } of [this.#kernel, this.#made, this.#read]) hasher.number(pages);
  }
}

/** Touches as many of the pages left as it can in `lengthNs`; returns how long it takes. */
function touched(left: { pages: number }, lengthNs: number, pageNs: number): number {
  const pages = Math.min(left.pages, lengthNs / pageNs);
  left.pages -= pages;
  return pages * pageNs;
}
