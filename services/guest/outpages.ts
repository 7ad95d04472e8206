/**
 * Pages whose contents the host has taken, by where they are in the guest: in its swap, or in its compressed pool.
 *
 *     compressed = stored - spilled - read - dropped          as far as the guest has heard of the first two
 */
import type { CompressedPages } from "../../lib/wire/messages.ts";
import { Carry } from "./counters.ts";

/** Kernel, anonymous memory, cache (the kinds of memory.ts), and free. */
export const PLACES = 4;

export class OutPages {
  readonly #at: number[] = new Array<number>(PLACES).fill(0);
  readonly #compressed: number[] = new Array<number>(PLACES).fill(0);
  readonly #even = this.#at.map(() => new Carry());
  /** Of the compressed pages, what the host has said, and how they left: touched, or of no use any more. */
  storedTotalPages = 0;
  spilledTotalPages = 0;
  readTotalPages = 0;
  droppedTotalPages = 0;
  /** Since Welcome: all that the host has read back from its swap, for whatever reason. */
  hostReadTotalPages = 0;

  get leftTotalPages(): number {
    return this.readTotalPages + this.droppedTotalPages;
  }

  at(place: number): number {
    return this.#at[place] as number;
  }

  compressed(place: number): number {
    return this.#compressed[place] as number;
  }

  get pages(): number {
    return this.at(0) + this.at(1) + this.at(2) + this.at(3);
  }

  get compressedPages(): number {
    return this.compressed(0) + this.compressed(1) + this.compressed(2) + this.compressed(3);
  }

  add(place: number, pages: number, compressed: number): void {
    (this.#at[place] as number) += pages;
    (this.#compressed[place] as number) += compressed;
  }

  /** Takes pages away; returns how many of them were compressed: `wanted`, or else an even share, as far as can be. */
  remove(place: number, pages: number, wanted?: number): number {
    const compressed = this.#part(place, pages, wanted);
    this.add(place, -pages, -compressed);
    return compressed;
  }

  /** They are brought back into memory; returns how many of them were compressed. */
  touch(place: number, pages: number, wanted?: number): number {
    const compressed = this.remove(place, pages, wanted);
    this.readTotalPages += compressed;
    this.hostReadTotalPages += pages - compressed;
    return compressed;
  }

  /** The guest has no use for their contents any more. */
  drop(place: number, pages: number): void {
    this.droppedTotalPages += this.remove(place, pages);
  }

  /** The guest frees them. */
  move(from: number, to: number, pages: number): void {
    this.add(to, pages, this.remove(from, pages));
  }

  /** Compressed pages go on to the host's swap; negative: they are still in the pool. */
  spill(place: number, pages: number): void {
    (this.#compressed[place] as number) -= pages;
  }

  /** A new lease in a new host epoch. */
  rebase(): void {
    this.storedTotalPages = this.compressedPages;
    this.spilledTotalPages = 0;
    this.readTotalPages = 0;
    this.droppedTotalPages = 0;
    this.hostReadTotalPages = 0;
  }

  /** Whether no counter is negative, no place has more compressed pages than pages, and the totals agree: for the audit. */
  get sound(): boolean {
    for (let place = 0; place < PLACES; place++) {
      if (!(this.compressed(place) >= 0 && this.compressed(place) <= this.at(place))) return false;
    }
    return this.compressedPages === this.storedTotalPages - this.spilledTotalPages - this.leftTotalPages;
  }

  #part(place: number, pages: number, wanted?: number): number {
    const [all, compressed] = [this.at(place), this.compressed(place)];
    if (compressed === 0) return 0;
    const even = wanted ?? (this.#even[place] as Carry).take((pages * compressed) / all);
    return Math.min(compressed, pages, Math.max(even, pages - (all - compressed)));
  }
}

/** As it is told to the host; undefined where nothing was ever compressed. */
export function compressedOf(gone: OutPages): CompressedPages | undefined {
  const { storedTotalPages, compressedPages: pages, readTotalPages, droppedTotalPages } = gone;
  return storedTotalPages === 0 ? undefined : { pages, readTotalPages, droppedTotalPages };
}

/** Pages that had left the pool when the host was told. */
export function leftOf(told: Readonly<CompressedPages> | null | undefined): number {
  return told == null ? 0 : told.readTotalPages + told.droppedTotalPages;
}
