/**
 * Host swapping: takes pages from VMs without asking (Waldspurger, OSDI'02 sections 3.3 and 6.3).
 *
 * A page is free only when it is written, so a tick evicts what the disk has carried since the tick before. The batch asked of the
 * disk is at most what the device could write in one step, so that the guests' own writeback keeps its part.
 * Which pages go is drawn in the guest's model: the host does not know what the guest holds dear.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { portion } from "./grants.ts";
import type { Ledger } from "./ledger.ts";

/** What may be taken from a VM: nothing below this many resident pages. */
export type Floor = (vm: number) => number;

export class HostSwap {
  readonly #ledger: Ledger;
  readonly #swapPages: number;
  readonly #batchPages: number;
  readonly #swapped: Float64Array;
  #swappedPages = 0;
  #askedPages = 0;
  /** Written since the last tick; the fraction is carried on. */
  #writtenPages = 0;

  constructor(ledger: Ledger, swapPages: number, disk: DiskConfig, stepNs: number) {
    this.#ledger = ledger;
    this.#swapPages = swapPages;
    const { channels, pagesPerClusteredWrite, service } = disk;
    this.#batchPages = Math.max(1, Math.floor((channels * pagesPerClusteredWrite * stepNs) / service.clusteredWriteNs));
    this.#swapped = new Float64Array(ledger.size.vms);
  }

  /** Pages in the host's swap, as far as the host knows. */
  get swappedPages(): number {
    return Math.round(this.#swappedPages);
  }

  /** Pages that the host wants written in the step that begins. */
  get askedPages(): number {
    return this.#askedPages;
  }

  /** What could be taken in all, down to the floors of one tier. */
  excess(floor: Floor): number {
    let excess = 0;
    for (let vm = 0; vm < this.#ledger.size.vms; vm++) excess += Math.max(0, this.#ledger.resident(vm) - floor(vm));
    return excess;
  }

  /** Asks for `pages` to be written in the step that begins. */
  ask(pages: number): void {
    const roomPages = Math.max(0, this.#swapPages - Math.ceil(this.#swappedPages));
    this.#askedPages = Math.max(0, Math.min(pages, this.#batchPages, roomPages));
  }

  /** The disk has carried this share of what was asked. */
  wrote(share: number): void {
    // Pages that were written but are wanted no longer stay where they are: their copy is of no use.
    this.#writtenPages = this.#askedPages === 0 ? 0 : Math.min(this.#batchPages, this.#writtenPages + this.#askedPages * share);
  }

  /**
   * Evicts what was written, at most `neededPages`: first what VMs hold above their floors, tier by tier, in proportion to
   * the excess. `evicted` is told of every VM that lost pages. Answers the sum.
   */
  evict(neededPages: number, tiers: readonly Floor[], evicted: (vm: number, pages: number) => void): number {
    let left = Math.min(neededPages, Math.floor(this.#writtenPages));
    if (left <= 0) return 0;
    const goal = left;
    for (const floor of tiers) {
      left -= this.#take(left, floor, evicted);
      if (left === 0) break;
    }
    this.#writtenPages -= goal - left;
    return goal - left;
  }

  /** The guest says how many of its pages are swapped; evictions that it has not seen come on top. */
  report(vm: number, hostSwappedPages: number): void {
    this.#set(vm, hostSwappedPages + this.#ledger.unseen(vm));
  }

  /** Pages were read back: their slots are free. */
  read(vm: number, pages: number): void {
    this.#set(vm, Math.max(0, (this.#swapped[vm] as number) - pages));
  }

  /** The VM is gone, and what it had in the swap. */
  drop(vm: number): void {
    this.#set(vm, 0);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#swappedPages);
    hasher.number(this.#askedPages);
    hasher.number(this.#writtenPages);
  }

  #take(pages: number, floor: Floor, evicted: (vm: number, pages: number) => void): number {
    const { vms } = this.#ledger.size;
    const excess = this.excess(floor);
    if (excess === 0) return 0;
    const share = Math.min(1, pages / excess);
    let sum = 0;
    let taken = 0;
    for (let vm = 0; vm < vms && taken < pages; vm++) {
      const above = Math.max(0, this.#ledger.resident(vm) - floor(vm));
      if (above === 0) continue;
      const part = Math.min(above, portion(sum, above, share), pages - taken);
      sum += above;
      if (part === 0) continue;
      this.#ledger.evict(vm, part);
      this.#set(vm, (this.#swapped[vm] as number) + part);
      evicted(vm, part);
      taken += part;
    }
    return taken;
  }

  #set(vm: number, pages: number): void {
    this.#swappedPages += pages - (this.#swapped[vm] as number);
    this.#swapped[vm] = pages;
  }
}
