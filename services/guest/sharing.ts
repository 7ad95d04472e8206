/**
 * Page sharing as it happens to a guest. The host looks at pages at random and finds those whose contents are equal to others' and
 * have not changed since it looked last; a write to a shared page gives it a frame of its own again (copy on write).
 *
 * Which part of a region is equal to others is the scenario's (`contents`), of the pages that stand still: a page that was written
 * between two looks is not taken (OSDI'02 section 4: a hint whose contents have changed; KSM: the checksum of the round before).
 */
import type { RegionContents } from "../../lib/scenario/contents.ts";
import { Carry } from "./counters.ts";
import { decayOf } from "./decay.ts";
import { ANONYMOUS, CACHE, type Kind, type Memory } from "./memory.ts";
import type { Region } from "./region.ts";
import type { Workload } from "./workload.ts";

/** One region with equal pages. */
class Equals {
  readonly region: Region;
  readonly contents: RegionContents;
  readonly kind: Kind;
  readonly merges = new Carry();
  /** Fluid, brought to the account by Sharing.fit(). */
  sharedPages = 0;
  /** Writes to one of them per access of the workload. */
  writeRate = 0;

  constructor(region: Region, contents: RegionContents) {
    this.region = region;
    this.contents = contents;
    this.kind = region.anonymous ? ANONYMOUS : CACHE;
  }

  /** Resident pages that would not be written during so many accesses; the rate of writes to them goes into writeRate. */
  still(accesses: number): number {
    const { pages, missing, rate, writes } = this.region;
    let still = 0;
    let written = 0;
    for (let i = 0; i < pages.length; i++) {
      const writeRate = (rate[i] as number) * writes;
      const left = (pages[i] as number) * (1 - (missing[i] as number)) * decayOf(writeRate * accesses);
      still += left;
      written += left * writeRate;
    }
    this.writeRate = still > 0 ? written / still : 0;
    return still;
  }
}

export class Sharing {
  readonly #memory: Memory;
  readonly #equals: readonly Equals[];
  readonly #breaks: Readonly<Record<typeof ANONYMOUS | typeof CACHE, Carry>> = { [ANONYMOUS]: new Carry(), [CACHE]: new Carry() };
  #scannedAtAccesses = 0;

  constructor(memory: Memory, workload: Workload) {
    this.#memory = memory;
    this.#equals = workload.regions.flatMap((region) =>
      region.config.contents === undefined ? [] : [new Equals(region, region.config.contents)],
    );
  }

  /** Writes to shared pages per access of the workload. */
  get breakRate(): number {
    let sum = 0;
    for (const { sharedPages, writeRate } of this.#equals) sum += sharedPages * writeRate;
    return sum;
  }

  /** The host looks at `pages` pages at random; the workload has made `accesses` so far. */
  scan(pages: number, accesses: number): void {
    const memory = this.#memory;
    const visible = memory.heldPages - memory.creditPages + memory.shared.pages;
    if (visible === 0) return;
    const seen = 1 - decayOf(pages / visible);
    const round = (accesses - this.#scannedAtAccesses) / Math.max(seen, 1e-9);
    this.#scannedAtAccesses = accesses;
    this.fit();
    for (const equals of this.#equals) this.#merge(equals, seen, round);
  }

  #merge(equals: Equals, seen: number, round: number): void {
    const { contents, kind, region } = equals;
    const memory = this.#memory;
    const share = contents.zero + contents.duplicate + contents.common;
    const backed = region.residentPages - region.outPages;
    const equal = Math.min(backed, share * equals.still(round));
    const found = equals.merges.take(seen * Math.max(0, equal - equals.sharedPages));
    const pages = Math.min(found, memory.backed(kind));
    if (pages === 0) return;
    memory.shared.add(kind, pages, contents);
    memory.releasedTotalPages += pages;
    equals.sharedPages += pages;
  }

  /** Shared pages that `accesses` write. */
  expectedWrites(accesses: number): number {
    return this.#written(accesses, ANONYMOUS) + this.#written(accesses, CACHE);
  }

  #written(accesses: number, kind: Kind): number {
    let sum = 0;
    for (const one of this.#equals) if (one.kind === kind) sum += one.sharedPages * (1 - decayOf(one.writeRate * accesses));
    return sum;
  }

  /** Carries out `accesses`: what they write gets a frame of the credit. Returns the whole pages that were written. */
  write(accesses: number): number {
    const { shared } = this.#memory;
    let sum = 0;
    for (const kind of [ANONYMOUS, CACHE] as const) {
      if (shared.at(kind) === 0) continue;
      const pages = Math.min(this.#breaks[kind].take(this.#written(accesses, kind)), shared.at(kind), this.#memory.creditPages);
      shared.remove(kind, pages);
      this.#memory.creditPages -= pages;
      sum += pages;
    }
    if (sum > 0) this.fit();
    return sum;
  }

  /** Regions lose and free pages, shared ones among them: their shares follow the account. */
  fit(): void {
    for (const kind of [ANONYMOUS, CACHE] as const) {
      let sum = 0;
      for (const one of this.#equals) if (one.kind === kind) sum += one.sharedPages;
      const kept = sum > 0 ? this.#memory.shared.at(kind) / sum : 0;
      for (const one of this.#equals) if (one.kind === kind) one.sharedPages *= kept;
    }
  }
}
