/**
 * A region's state by heat class, as columns: how many pages, how often each is drawn, and what of them is missing, marked
 * or swapped out by the host. Fluid quantities in pages, as doubles.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { PopularityLaw } from "../../lib/scenario/scenario.ts";
import { ActiveFile } from "./activefile.ts";
import { blockOf } from "./block.ts";
import { CLASSES, type Heat, heatOf } from "./heat.ts";
import type { PooledShares } from "./pooledshares.ts";
import { outAtTurn } from "./turn.ts";

export class HeatColumns {
  readonly #law: PopularityLaw;
  /** Every page in turn instead of independent draws. */
  readonly scan: boolean;
  /** The host swaps the least recently used pages; else any. */
  outOldest = false;
  #heat: Heat;
  #sizePages = 1;
  /** Pages that the program has touched so far: whole. */
  touchedPages = 0;
  /** Share of the workload's accesses that go here. */
  share = 0;
  /** Pages touched so far, and the rate of accesses to one page per access of the workload. */
  readonly pages: Float64Array;
  readonly rate: Float64Array;
  /** Share of the pages that is not in guest memory. */
  readonly missing: Float64Array;
  /** Resident pages that hold a clean swap slot (anonymous memory), or are dirty (files). */
  readonly marked: Float64Array;
  /** Resident pages that the host has swapped out. */
  readonly out: Float64Array;
  /** Of those, in its compressed pool; absent: the host has none. */
  pooled: PooledShares | undefined;
  /** Pages that came in and have not been balanced by evictions yet. */
  readonly incoming: Float64Array;
  /** Missing shares of the last Region.survive(); of a file, the resident pages on its active list. */
  readonly next: Float64Array;
  readonly active: ActiveFile;
  /** Sums over the classes; the region's list keeps sums of these. */
  list: { sum(): void } | undefined;
  missingPages = 0;
  markedPages = 0;
  outPages = 0;
  /** Misses, and touches of host-swapped pages, per access of the workload. */
  missRate = 0;
  returnRate = 0;

  constructor(law: PopularityLaw, pages: number) {
    const column = blockOf(7, law.kind === "zipf" ? CLASSES : 2);
    this.#law = law;
    this.scan = law.kind === "scan";
    this.pages = column();
    this.rate = column();
    this.missing = column();
    this.marked = column();
    this.out = column();
    this.incoming = column();
    this.next = column();
    this.active = new ActiveFile(this.pages.length);
    this.#heat = heatOf(law, 1);
    this.sizeTo(pages);
  }

  get residentPages(): number {
    // A sum of shares may exceed the whole by its rounding.
    return Math.max(0, this.touchedPages - this.missingPages);
  }

  /** Lays the law over `pages` pages; the missing shares stay. */
  sizeTo(pages: number): void {
    this.#sizePages = Math.max(1, pages);
    this.#heat = heatOf(this.#law, this.#sizePages);
    this.refresh();
  }

  /** Pages and rates by class for the present size, share and touched part. */
  refresh(): void {
    const { pages, rate } = this.#heat;
    const part = this.touchedPages / this.#sizePages;
    for (let i = 0; i < this.pages.length; i++) {
      this.pages[i] = i < pages.length ? (pages[i] as number) * part : 0;
      this.rate[i] = i < pages.length && part > 0 ? ((rate[i] as number) * this.share) / part : 0;
    }
    this.tally();
  }

  /** Recomputes the sums over the classes, and the list's. */
  tally(): void {
    let missingPages = 0;
    let markedPages = 0;
    let outPages = 0;
    let missRate = 0;
    let returnRate = 0;
    for (let i = 0; i < this.pages.length; i++) {
      missingPages += (this.pages[i] as number) * (this.missing[i] as number);
      markedPages += this.marked[i] as number;
      outPages += this.out[i] as number;
      returnRate += this.returnRateOf(i);
      missRate += this.missRateOf(i);
    }
    this.missingPages = missingPages;
    this.markedPages = markedPages;
    this.outPages = outPages;
    this.missRate = missRate;
    this.returnRate = returnRate;
    this.list?.sum();
  }

  /** Misses of a class per access of the workload. */
  missRateOf(i: number): number {
    const flow = (this.pages[i] as number) * (this.rate[i] as number);
    return flow * (this.scan ? this.headMissing : (this.missing[i] as number));
  }

  /** Chance that the page which a scan comes to next is missing. */
  protected get headMissing(): number {
    return 0;
  }

  /** Touches of a class's host-swapped pages per access; of next to no page none: they fade for ever. A scan comes to its oldest next. */
  returnRateOf(i: number): number {
    const out = this.out[i] as number;
    const rate = this.rate[i] as number;
    if (!this.scan) return out < 1e-9 ? 0 : out * rate;
    const resident = (this.pages[i] as number) * (1 - (this.missing[i] as number));
    if (resident <= 0) return 0;
    return resident * rate * (this.outOldest ? (out >= 0.5 ? 1 : 0) : outAtTurn(out / resident));
  }

  /** Of a class's host-swapped pages, those that `accesses` touch; `decay`: the share of random ones that stays untouched. */
  returnsOf(i: number, accesses: number, decay: number): number {
    const out = this.out[i] as number;
    return this.scan ? Math.min(out, this.returnRateOf(i) * accesses) : out * (1 - decay);
  }

  /** Of so many touches of a class's host-swapped pages, those that the compressed pool serves; and of all, per access. */
  unzipsOf(i: number, returns: number): number {
    return this.pooled?.serves(i, returns, this.out[i] as number, this.scan && this.outOldest) ?? 0;
  }

  get unzipRate(): number {
    if (this.pooled === undefined || this.outPages === 0) return 0;
    return this.out.reduce((sum, _, i) => sum + this.unzipsOf(i, this.returnRateOf(i)), 0);
  }

  /** Scales the missing shares so that `pages` are missing. */
  fitMissing(pages: number): void {
    for (let round = 0; round < 4 && Math.abs(this.missingPages - pages) > 1e-6; round++) {
      const grow = pages > this.missingPages;
      const kept = grow ? (this.touchedPages - pages) / (this.touchedPages - this.missingPages) : pages / this.missingPages;
      for (let i = 0; i < this.missing.length; i++) {
        const missing = this.missing[i] as number;
        this.missing[i] = grow ? 1 - (1 - missing) * kept : missing * kept;
      }
      this.tally();
    }
  }

  /** Of what is marked, active or swapped out by the host, this share is left. */
  keep(share: number): void {
    this.active.keep(share);
    for (let i = 0; i < this.pages.length; i++) {
      (this.marked[i] as number) *= share;
      (this.out[i] as number) *= share;
    }
  }

  /** This share of the touched pages changes places among the classes at random. */
  deal(share: number): void {
    const all = this.outPages / this.touchedPages;
    if (all > 0) this.pooled?.deal(share, this.out, (i) => share * all * (this.pages[i] as number));
    for (const [column, whole] of [
      [this.marked, this.markedPages],
      [this.out, this.outPages],
    ] as const)
      for (let i = 0; i < column.length; i++)
        column[i] = (column[i] as number) * (1 - share) + (share * whole * (this.pages[i] as number)) / this.touchedPages;
    const missing = share * (this.missingPages / this.touchedPages);
    for (let i = 0; i < this.missing.length; i++) this.missing[i] = (this.missing[i] as number) * (1 - share) + missing;
    this.tally();
  }

  /** Everything is gone. */
  empty(): void {
    this.touchedPages = 0;
    for (const column of [this.missing, this.marked, this.out, this.incoming]) column.fill(0);
    this.refresh();
  }

  digest(hasher: Hasher): void {
    hasher.number(this.touchedPages);
    hasher.number(this.share);
    hasher.number(this.missingPages);
    hasher.number(this.markedPages);
    hasher.number(this.outPages);
    if (this.pooled !== undefined) hasher.number(this.pooled.pages(this.out));
  }
}
