/**
 * Pages that a guest may write in the step that is committed: what it asked for, as far as the disk carried it. Where the
 * disk carried all, it would have carried somewhat more; what is overdrawn is asked for in the next step.
 */
const OVERDRAFT_PAGES = 64;
const OVERDRAFT_SHARE = 0.25;

export class WriteBudget {
  #pages = 0;
  #overdraft = 0;

  /** `all`: the disk carried everything that was asked of it. */
  fund(pages: number, all: boolean): void {
    this.#pages = Math.min(0, this.#pages) + pages;
    this.#overdraft = all ? OVERDRAFT_PAGES + pages * OVERDRAFT_SHARE : 0;
  }

  get writablePages(): number {
    return Math.max(0, this.#pages + this.#overdraft);
  }

  /** Written beyond the last grant. */
  get owedPages(): number {
    return Math.max(0, -this.#pages);
  }

  spend(pages: number): void {
    this.#pages -= pages;
  }

  /** For the run digest. */
  get balance(): number {
    return this.#pages;
  }
}
