/**
 * Pages that a guest may write in the step that is committed: what it asked for, as far as the disk carried it. Where the
 * disk carried all, it would have carried somewhat more, or what the guest's CPUs can send in a step; what is overdrawn is asked for
 * in the next step.
 */
const OVERDRAFT_PAGES = 64;
const OVERDRAFT_SHARE = 0.25;

export class WriteBudget {
  #pages = 0;
  #overdraft = 0;

  /** `all`: the disk carried everything that was asked of it. `paced`: the guest's CPUs bound what it sends. */
  fund(pages: number, all: boolean, paced = false): void {
    this.#pages = Math.min(0, this.#pages) + pages;
    if (!all) this.#overdraft = 0;
    else this.#overdraft = paced ? Number.POSITIVE_INFINITY : OVERDRAFT_PAGES + pages * OVERDRAFT_SHARE;
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
