/** Lives that the resident pages of a region have lost, by heat class. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Region } from "../region.ts";
import type { Stretch } from "./stretch.ts";

export class Lost {
  readonly #region: Region;
  readonly #lives: number;
  /** By lives lost, then by class: shares of the class's resident pages. */
  #shares: Float64Array[];
  #next: Float64Array[];

  constructor(region: Region, lives: number) {
    const columns = (): Float64Array[] => Array.from({ length: lives }, () => new Float64Array(region.pages.length));
    this.#region = region;
    this.#lives = lives;
    this.#shares = columns();
    this.#next = columns();
    this.clear();
  }

  /** All pages have all their lives. */
  clear(): void {
    for (const [lost, column] of this.#shares.entries()) column.fill(lost === 0 ? 1 : 0);
  }

  of(lost: number, i: number): number {
    return (this.#shares[lost] as Float64Array)[i] as number;
  }

  /** Of a class's resident pages this share keeps what it has lost; the others have all their lives. */
  renew(i: number, kept: number): void {
    for (const [lost, column] of this.#shares.entries()) column[i] = (column[i] as number) * kept + (lost === 0 ? 1 - kept : 0);
  }

  /** This share of the pages is dealt to the classes anew. */
  deal(share: number): void {
    const { touchedPages, residentPages, pages, missing } = this.#region;
    if (residentPages <= 0) return;
    const dealt = (share * residentPages) / touchedPages;
    for (const column of this.#shares) {
      let mean = 0;
      for (let i = 0; i < pages.length; i++) {
        mean += ((pages[i] as number) * (1 - (missing[i] as number)) * (column[i] as number)) / residentPages;
      }
      for (let i = 0; i < pages.length; i++) {
        const own = (1 - (missing[i] as number)) * (1 - share);
        column[i] = (own * (column[i] as number) + dealt * mean) / (own + dealt);
      }
    }
  }

  /** Missing share of a class after a stretch; what its resident pages have lost then is kept for commit(). */
  age(i: number, untouched: number, { touched, picked }: Stretch): number {
    const old = untouched * (1 - (this.#region.missing[i] as number));
    let resident = 0;
    for (let lost = 0; lost < this.#lives; lost++) {
      let share = touched[lost] as number;
      for (let before = 0; before <= lost; before++) share += old * this.of(before, i) * (picked[lost - before] as number);
      (this.#next[lost] as Float64Array)[i] = share;
      resident += share;
    }
    if (resident > 0) for (const column of this.#next) (column[i] as number) /= resident;
    return Math.max(0, 1 - resident);
  }

  /** Share of a class that, untouched, loses its last life as a stretch grows by one pick. */
  fall(i: number, { picked }: Stretch): number {
    let sum = 0;
    for (let lost = 0; lost < this.#lives; lost++) sum += this.of(lost, i) * (picked[this.#lives - 1 - lost] as number);
    return sum * (1 - (this.#region.missing[i] as number));
  }

  commit(): void {
    [this.#shares, this.#next] = [this.#next, this.#shares];
  }

  digest(hasher: Hasher): void {
    for (const column of this.#shares) hasher.number(column[0] as number);
  }
}
