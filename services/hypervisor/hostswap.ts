/**
 * Host swapping: takes pages from VMs without asking (Waldspurger, OSDI'02 sections 3.3 and 6.3).
 *
 * A page is free only when it is written, so a tick evicts what the disk has carried since the tick before. The batch asked of the
 * disk is at most what the device could write in one step, so that the guests' own writeback keeps its part.
 * Which pages go is drawn in the guest's model: the host does not know what the guest holds dear.
 *
 * With a compressed pool, victims that compress need no write: they go there while it has room, and then in exchange for its oldest.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import type { CompressedPool } from "./compressedpool.ts";
import { portion } from "./grants.ts";
import type { Ledger } from "./ledger.ts";

/** What may be taken from a VM: nothing below this many pages, those of the pool's frames among them. */
export type Floor = (vm: number) => number;

export class HostSwap {
  readonly #ledger: Ledger;
  readonly #pool: CompressedPool | undefined;
  readonly #swapPages: number;
  readonly #batchPages: number;
  readonly #swapped: Float64Array;
  /** Pages that each VM has said were read back, since its Welcome. */
  readonly #read: Float64Array;
  #swappedPages = 0;
  #askedPages = 0;
  /** Written since the last tick; the fraction is carried on. */
  #writtenPages = 0;
  /** Victims of a tier by VM: all; those that compress; those that need a write. */
  readonly #chosen: Float64Array;
  readonly #fitting: Float64Array;
  readonly #writes: Float64Array;
  /** Share of the last victims that needed a write. */
  #writeShare = 1;

  constructor(ledger: Ledger, swapPages: number, disk: DiskConfig, stepNs: number, pool?: CompressedPool) {
    this.#ledger = ledger;
    this.#pool = pool;
    this.#swapPages = swapPages;
    const { channels, pagesPerClusteredWrite, service } = disk;
    this.#batchPages = Math.max(1, Math.floor((channels * pagesPerClusteredWrite * stepNs) / service.clusteredWriteNs));
    const column = (): Float64Array => new Float64Array(ledger.size.vms);
    [this.#swapped, this.#read, this.#chosen, this.#fitting, this.#writes] = [column(), column(), column(), column(), column()];
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
    for (let vm = 0; vm < this.#ledger.size.vms; vm++) excess += this.#above(vm, floor);
    return excess;
  }

  /** Asks for what must be written of `pages` victims in the step that begins. */
  ask(pages: number): void {
    const roomPages = Math.max(0, this.#swapPages - Math.ceil(this.#swappedPages));
    this.#askedPages = Math.max(0, Math.min(Math.ceil(pages * this.#writeShare), this.#batchPages, roomPages));
  }

  /** The disk has carried this share of what was asked. */
  wrote(share: number): void {
    // Pages that were written but are wanted no longer stay where they are: their copy is of no use.
    this.#writtenPages = this.#askedPages === 0 ? 0 : Math.min(this.#batchPages, this.#writtenPages + this.#askedPages * share);
  }

  /**
   * Evicts at most `neededPages`, of what needs a write as many as were written: first what VMs hold above their floors, tier by
   * tier, in proportion to the excess. `evicted` is told of every VM that lost pages. Answers how many went to the disk.
   */
  evict(neededPages: number, tiers: readonly Floor[], evicted: (vm: number) => void): number {
    const written = Math.floor(this.#writtenPages);
    const goal = this.#pool === undefined ? Math.min(neededPages, written) : neededPages;
    let [left, writes, swapped] = [goal, 0, 0];
    for (const floor of tiers) {
      if (left <= 0) break;
      left -= this.#choose(left, floor);
      const wanted = sum(this.#writes);
      swapped += this.#carryOut(wanted === 0 ? 0 : Math.min(1, (written - swapped) / wanted), evicted);
      writes += wanted;
    }
    this.#writtenPages -= swapped;
    if (goal > left) this.#writeShare = writes / (goal - left);
    return swapped;
  }

  /**
   * The guest says how many of its pages are swapped, and how many compressed; evictions that it has not seen come on top, but for
   * those that the pool has.
   */
  report(vm: number, hostSwappedPages: number, compressedPages = 0): void {
    const pooled = this.#pool === undefined ? 0 : this.#pool.held(vm) - compressedPages;
    this.#set(vm, Math.max(0, hostSwappedPages + this.#ledger.unseen(vm) - pooled));
  }

  /** How many more pages a VM has had read back than it said before. */
  read(vm: number, totalPages: number): number {
    const pages = Math.max(0, totalPages - (this.#read[vm] as number));
    this.#read[vm] = Math.max(totalPages, this.#read[vm] as number);
    return pages;
  }

  /** The VM is gone, and what it had in the swap. */
  drop(vm: number): void {
    this.#set(vm, 0);
    this.#read[vm] = 0;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#swappedPages);
    hasher.number(this.#askedPages);
    hasher.number(this.#writtenPages);
  }

  /** Chooses `pages` victims above the floors, as far as there are, and what of them needs a write. Returns how many. */
  #choose(pages: number, floor: Floor): number {
    for (const column of [this.#chosen, this.#fitting, this.#writes]) column.fill(0);
    const excess = this.excess(floor);
    if (excess === 0) return 0;
    const share = Math.min(1, pages / excess);
    let sum = 0;
    let chosen = 0;
    for (let vm = 0; vm < this.#ledger.size.vms && chosen < pages; vm++) {
      const above = this.#above(vm, floor);
      if (above === 0) continue;
      const part = Math.min(above, portion(sum, above, share), pages - chosen);
      sum += above;
      chosen += part;
      const fitting = this.#pool?.fitting(vm, part) ?? 0;
      this.#chosen[vm] = part;
      this.#fitting[vm] = fitting;
      this.#writes[vm] = part - Math.min(fitting, this.#pool?.room(vm) ?? 0);
    }
    return chosen;
  }

  /** Takes the victims, of those that need a write this share. Returns how many were written. */
  #carryOut(share: number, evicted: (vm: number) => void): number {
    let [sum, swapped] = [0, 0];
    for (let vm = 0; vm < this.#ledger.size.vms; vm++) {
      const writes = this.#writes[vm] as number;
      const written = Math.min(writes, portion(sum, writes, share));
      const pooled = (this.#chosen[vm] as number) - writes;
      sum += writes;
      if (pooled + written === 0) continue;
      this.#ledger.evict(vm, pooled + written);
      if (this.#pool !== undefined) this.#compress(this.#pool, vm, pooled, written);
      this.#set(vm, (this.#swapped[vm] as number) + written);
      evicted(vm);
      swapped += written;
    }
    return swapped;
  }

  /** Of what was written, the victims that compress took the places of the oldest in the pool, whose pages were written instead. */
  #compress(pool: CompressedPool, vm: number, pooled: number, written: number): void {
    const fitting = (this.#fitting[vm] as number) - pooled;
    const spilled = written === 0 ? 0 : Math.round((fitting * written) / (this.#writes[vm] as number));
    const swaps = Math.min(spilled, pool.held(vm));
    if (pooled + swaps > 0) pool.add(vm, pooled + swaps, swaps);
  }

  /** What a VM holds above its floor, and could give. */
  #above(vm: number, floor: Floor): number {
    const resident = this.#ledger.resident(vm);
    return Math.max(0, Math.min(resident, resident + (this.#pool?.frames(vm) ?? 0) - floor(vm)));
  }

  #set(vm: number, pages: number): void {
    this.#swappedPages += pages - (this.#swapped[vm] as number);
    this.#swapped[vm] = pages;
  }
}

function sum(pages: Float64Array): number {
  let all = 0;
  for (const part of pages) all += part;
  return all;
}
