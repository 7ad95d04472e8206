/**
 * The compressed pool: pages that the host would swap stay in memory where they compress to half a page or less (VMware, vSphere
 * Resource Management, "Memory Compression"; Linux mm/zswap.c). Each VM has its part, at most a share of its size; when that is full
 * the oldest page goes on to the host's swap.
 *
 *     in the pool = stored - spilled - left          frames = the blocks of its pages, in whole frames
 *
 * Totals are cumulative for one lease. A page leaves when the guest touches it, or has no use for its contents any more: of that the
 * host hears with the guest's next demand. What it spilled meanwhile had left before, and is taken out of `spilled`.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert, InvariantViolation } from "../../lib/errors.ts";
import { blockShare, COMPRESSIBLE, type CompressionConfig } from "../../lib/scenario/compression.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import type { CompressedPages, Compression, HostSample } from "../../lib/wire/messages.ts";
import type { Ledger } from "./ledger.ts";

/** Guest pages in the pool, and its flows since the sample before. */
export type PoolSample = Pick<HostSample, "pooledPages" | "compressedPages" | "decompressedPages" | "spilledPages">;

export const NO_POOL: Readonly<PoolSample> = { pooledPages: 0, compressedPages: 0, decompressedPages: 0, spilledPages: 0 };

export class CompressedPool {
  readonly #ledger: Ledger;
  /** Of a frame, what a page takes; share of the pages that compress at all; most pages. */
  readonly #block: Float64Array;
  readonly #compressible: Float64Array;
  readonly #most: Float64Array;
  readonly #stored: Float64Array;
  readonly #spilled: Float64Array;
  /** Pages that left: touched by the guest, and dropped. */
  readonly #read: Float64Array;
  readonly #dropped: Float64Array;
  readonly #frames: Float64Array;
  /** Fractions of victims that compress. */
  readonly #rest: Float64Array;
  #sample: PoolSample = { ...NO_POOL };

  constructor(ledger: Ledger, guests: readonly GuestConfig[], { share }: CompressionConfig) {
    const of = (value: (guest: GuestConfig) => number): Float64Array => Float64Array.from(guests, value);
    const none = (): Float64Array => new Float64Array(guests.length);
    this.#ledger = ledger;
    this.#block = of(({ compressible = COMPRESSIBLE }) => blockShare(compressible));
    this.#compressible = of(({ compressible = COMPRESSIBLE }) => compressible.half + compressible.quarter);
    this.#most = of(({ sizePages, compressible = COMPRESSIBLE }) => Math.floor(Math.floor(share * sizePages) / blockShare(compressible)));
    [this.#stored, this.#spilled, this.#read, this.#dropped] = [none(), none(), none(), none()];
    [this.#frames, this.#rest] = [none(), none()];
  }

  /** Pages of a VM in the pool, as far as the host knows. */
  held(vm: number): number {
    return (this.#stored[vm] as number) - (this.#spilled[vm] as number) - (this.#read[vm] as number) - (this.#dropped[vm] as number);
  }

  /** Guest pages in the pool. */
  get pages(): number {
    let sum = 0;
    for (let vm = 0; vm < this.#stored.length; vm++) sum += this.held(vm);
    return sum;
  }

  /** Frames of a VM's part: its blocks, the last frame not always full. */
  frames(vm: number): number {
    return this.#frames[vm] as number;
  }

  /** Pages that fit in before the oldest must go. */
  room(vm: number): number {
    return Math.max(0, (this.#most[vm] as number) - this.held(vm));
  }

  /** How many of `pages` victims of a VM compress; the fraction counts next time. */
  fitting(vm: number, pages: number): number {
    const flow = (this.#rest[vm] as number) + pages * (this.#compressible[vm] as number);
    const whole = Math.min(pages, Math.floor(flow));
    this.#rest[vm] = flow - whole;
    return whole;
  }

  /** `stored` pages of the VM, whose own frames are free by now, come in; its `spilled` oldest go to the swap. */
  add(vm: number, stored: number, spilled: number): void {
    (this.#stored[vm] as number) += stored;
    (this.#spilled[vm] as number) += spilled;
    this.#sample.compressedPages += stored;
    this.#sample.spilledPages += spilled;
    this.#fit(vm);
  }

  /** What the VM says of its pages here. False: the figures can not be true, and nothing has changed. */
  settle(vm: number, told: Readonly<CompressedPages> | null | undefined): boolean {
    if (told == null) return true;
    const { readTotalPages, droppedTotalPages } = told;
    const [read, dropped] = [readTotalPages - (this.#read[vm] as number), droppedTotalPages - (this.#dropped[vm] as number)];
    if (read < 0 || dropped < 0 || read + dropped === 0) return true;
    if (readTotalPages + droppedTotalPages > (this.#stored[vm] as number)) return false;
    (this.#spilled[vm] as number) -= Math.max(0, read + dropped - this.held(vm));
    this.#read[vm] = readTotalPages;
    this.#dropped[vm] = droppedTotalPages;
    this.#sample.decompressedPages += read;
    this.#fit(vm);
    return true;
  }

  /** A lease goes on with `pages` in the pool; false when there are no frames for them. */
  restore(vm: number, pages: number): boolean {
    if (Math.ceil(pages * (this.#block[vm] as number)) > this.#ledger.freePages) return false;
    this.#stored[vm] = pages;
    this.#fit(vm);
    return true;
  }

  /** The VM is gone, and its part of the pool. */
  drop(vm: number): void {
    for (const total of [this.#stored, this.#spilled, this.#read, this.#dropped]) total[vm] = 0;
    this.#fit(vm);
  }

  /** As the VM is told; undefined where it never had a page here. */
  told(vm: number): Compression | undefined {
    const storedTotalPages = this.#stored[vm] as number;
    return storedTotalPages === 0 ? undefined : { storedTotalPages, spilledTotalPages: this.#spilled[vm] as number };
  }

  /** For the monitor: the flows begin anew. */
  sample(): PoolSample {
    const sample = { ...this.#sample, pooledPages: this.pages };
    this.#sample = { ...NO_POOL };
    return sample;
  }

  /** Checks every VM's part, and their sum. */
  audit(): void {
    let frames = 0;
    for (let vm = 0; vm < this.#stored.length; vm++) {
      const [held, has] = [this.held(vm), this.frames(vm)];
      if (!(held >= 0) || has !== Math.ceil(held * (this.#block[vm] as number)))
        throw new InvariantViolation("machine-pages", `VM ${vm} has ${held} pages in ${has} frames of the pool`);
      frames += has;
    }
    if (frames === this.#ledger.poolPages) return;
    const sum = this.#ledger.poolPages;
    throw new InvariantViolation("machine-pages", `the VMs have ${frames} frames of the pool, the ledger's sum says ${sum}`);
  }

  digest(hasher: Hasher): void {
    for (let vm = 0; vm < this.#stored.length; vm++) {
      if (this.#stored[vm] === 0) continue;
      hasher.word(vm);
      for (const total of [this.#stored, this.#spilled, this.#read, this.#dropped]) hasher.number(total[vm] as number);
    }
  }

  /** Brings the frames to the totals. */
  #fit(vm: number): void {
    const frames = Math.ceil(this.held(vm) * (this.#block[vm] as number));
    const more = frames - this.frames(vm);
    assert(more <= this.#ledger.freePages, () => `${more} frames for the pool are among the ${this.#ledger.freePages} free ones`);
    this.#frames[vm] = frames;
    this.#ledger.keep("pool", this.#ledger.poolPages + more);
  }
}
