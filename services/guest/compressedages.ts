/**
 * Which pages the host's compressed pool holds of a guest, by age: of the pages that the host has taken, for every heat class the
 * share in the pool, in bands from the newest to the oldest. A page that is touched leaves, whatever its age; the oldest go on to the
 * host's swap. So hot pages come back from the pool, and what is in the swap is cold.
 *
 * Shares, not pages: what the guest does to pages that are out (touch, free, shrink) it does to those in the pool in proportion.
 */
import { ANONYMOUS, CACHE, FREE, KERNEL, type Kind, type Memory } from "./memory.ts";
import { PooledShares } from "./pooledshares.ts";
import type { Region } from "./region.ts";
import type { Workload } from "./workload.ts";

/** What the host has taken of one kind of pages, or of one region. */
interface Part {
  readonly place: Kind | typeof FREE;
  readonly shares: PooledShares;
  /** Pages that are out, by class. */
  out(): Float64Array;
}

export class CompressedAges {
  readonly #memory: Memory;
  readonly #parts: readonly Part[];

  constructor(memory: Memory, workload: Workload) {
    this.#memory = memory;
    this.#parts = [...([KERNEL, FREE] as const).map((place) => wholePart(memory, place)), ...workload.regions.map(regionPart)];
  }

  /** Before the host takes more. */
  mark(): void {
    for (const { shares, out } of this.#parts) shares.mark(out());
  }

  /** It has taken more since mark(): `compressed` of its pages by place went into the pool. */
  stored(taken: readonly number[], compressed: readonly number[]): void {
    for (const { place, shares, out } of this.#parts) {
      const pages = taken[place] as number;
      if (pages > 0) shares.grow(out(), (compressed[place] as number) / pages);
    }
    this.fit();
    const most = this.#memory.gone.compressedPages / (PooledShares.BANDS - 1);
    if (this.#pagesOf(0) > most) for (const { shares } of this.#parts) shares.turn();
  }

  /** Takes the `pages` oldest out of the pool; returns how many of each place. */
  spill(pages: number): number[] {
    const spilled = [0, 0, 0, 0];
    let left = pages;
    for (let band = PooledShares.BANDS - 1; band >= 0 && left > 0; band--) {
      const all = this.#pagesOf(band);
      const share = all > left ? left / all : 1;
      for (const { place, shares, out } of this.#parts) (spilled[place] as number) += shares.take(band, share, out());
      left -= all * share;
    }
    return this.#whole(spilled, pages);
  }

  /** Brings the shares to the account's whole pages. */
  fit(): void {
    for (const place of [KERNEL, ANONYMOUS, CACHE, FREE] as const) {
      let pages = 0;
      for (const part of this.#parts) if (part.place === place) pages += part.shares.pages(part.out());
      const wanted = this.#memory.gone.compressed(place);
      if (pages === wanted) continue;
      for (const part of this.#parts) if (part.place === place) part.shares.fit(pages, wanted, this.#memory.out(place));
    }
  }

  #pagesOf(band: number): number {
    let pages = 0;
    for (const { shares, out } of this.#parts) pages += shares.pagesOf(band, out());
    return pages;
  }

  /** `pages` in all, near to `flow`, of no place more than it has in the pool. */
  #whole(flow: readonly number[], pages: number): number[] {
    const { gone } = this.#memory;
    const whole = flow.map((part, place) => Math.min(gone.compressed(place), Math.floor(part)));
    let left = pages - whole.reduce((sum, part) => sum + part, 0);
    for (let place = 0; place < whole.length && left > 0; place++) {
      const more = Math.min(left, gone.compressed(place) - (whole[place] as number));
      (whole[place] as number) += more;
      left -= more;
    }
    return whole;
  }
}

function wholePart(memory: Memory, place: typeof KERNEL | typeof FREE): Part {
  const pages = new Float64Array(1);
  return {
    place,
    shares: new PooledShares(1),
    out() {
      pages[0] = memory.out(place);
      return pages;
    },
  };
}

function regionPart(region: Region): Part {
  const shares = new PooledShares(region.out.length);
  region.pooled = shares;
  return { place: region.anonymous ? ANONYMOUS : CACHE, shares, out: () => region.out };
}
