/**
 * Pages that go through one of the kernel's lists in the order in which they came: put in at its head, met by the scan at its tail when
 * that has gone over as many as the list held (mm/vmscan.c, isolate_lru_folios()). What comes within a sixteenth of the list's length is
 * one group, whose pages are spread evenly over it.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

const GROUPS = 32;
const GROUPS_PER_LIST = 16;
/** Below, the scale goes into the groups. */
const LEAST_SCALE = 1e-100;

export class Fifo {
  /** A ring: pages of each group, over the scale, and its begin and end: what came to the list's tail before it, over the spacing. */
  readonly #held = new Float64Array(GROUPS);
  readonly #begins = new Float64Array(GROUPS);
  readonly #ends = new Float64Array(GROUPS);
  #first = 0;
  #groups = 0;
  #tail = 0;
  /** Of the pages that came, the share that is left. */
  #scale = 1;
  /** Of the list's pages, the share that is left between those that came and its tail. */
  #spacing = 1;
  /** In all groups. */
  pages = 0;

  /** `pages` come to the head of a list that held `length` before. */
  add(pages: number, length: number): void {
    if (pages <= 0) return;
    const at = this.#tail + length / this.#spacing;
    let last = (this.#first + this.#groups - 1) % GROUPS;
    const near = this.#groups > 0 && (at - (this.#begins[last] as number)) * this.#spacing < length / GROUPS_PER_LIST;
    if (!near && this.#groups < GROUPS) {
      last = (this.#first + this.#groups) % GROUPS;
      this.#groups++;
      this.#held[last] = 0;
      this.#begins[last] = at;
      this.#ends[last] = at;
    }
    (this.#held[last] as number) += pages / this.#scale;
    this.#ends[last] = Math.max(this.#ends[last] as number, at + pages / this.#spacing);
    this.pages += pages;
  }

  /** The scan goes over so many pages of the list; returns those of them that are counted here. */
  scan(pages: number): number {
    const before = this.pages;
    this.#tail += pages / this.#spacing;
    while (this.#groups > 0 && this.pages > 0) {
      const held = this.#held[this.#first] as number;
      const end = this.#ends[this.#first] as number;
      const begin = this.#begins[this.#first] as number;
      if (this.#tail <= begin) break;
      const met = this.#tail < end ? (held * (this.#tail - begin)) / (end - begin) : held;
      this.#held[this.#first] = held - met;
      this.#begins[this.#first] = this.#tail;
      this.pages = Math.max(0, this.pages - met * this.#scale);
      if (this.#tail < end) break;
      this.#first = (this.#first + 1) % GROUPS;
      this.#groups--;
    }
    if (this.#groups === 0) this.pages = 0;
    return before - this.pages;
  }

  /** The share `kept` of them is left. */
  keep(kept: number): void {
    this.pages *= kept;
    this.#scale *= kept;
    if (this.#scale >= LEAST_SCALE) return;
    for (let i = 0; i < this.#groups; i++) (this.#held[(this.#first + i) % GROUPS] as number) *= this.#scale;
    this.#scale = 1;
  }

  /** Of the whole list the share `kept` is left, evenly. */
  thin(kept: number): void {
    this.keep(kept);
    this.#spacing *= kept;
    if (this.#spacing >= LEAST_SCALE) return;
    for (let i = 0; i < this.#groups; i++) {
      const group = (this.#first + i) % GROUPS;
      this.#begins[group] = ((this.#begins[group] as number) - this.#tail) * this.#spacing;
      this.#ends[group] = ((this.#ends[group] as number) - this.#tail) * this.#spacing;
    }
    this.#tail = 0;
    this.#spacing = 1;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#tail);
    hasher.number(this.#scale);
    hasher.number(this.#spacing);
    for (let i = 0; i < this.#groups; i++) {
      const group = (this.#first + i) % GROUPS;
      hasher.number(this.#held[group] as number);
      hasher.number(this.#begins[group] as number);
      hasher.number(this.#ends[group] as number);
    }
  }
}
