/** The page account follows the lists: whole pages after fluid ones, the fractions carried. */
import { Carry, type Totals } from "./counters.ts";
import { CACHE, type Kind, type Memory } from "./memory.ts";
import type { Residency } from "./residency.ts";

export class Follower {
  readonly #memory: Memory;
  readonly #kind: Kind;
  readonly #list: Residency;
  readonly #totals: Totals;
  readonly #arrivals = new Carry();
  readonly #reread = new Carry();
  readonly #stale = new Carry();
  /** Read back from the host's swap to be written to the guest's. */
  #rereadPages = 0;

  constructor(memory: Memory, kind: Kind, list: Residency, totals: Totals) {
    this.#memory = memory;
    this.#kind = kind;
    this.#list = list;
    this.#totals = totals;
  }

  /**
   * Brings the account to the list after `arrivals` pages came in. Of the pages that left, which the host had swapped out,
   * `reread` were read back to be written to the guest's swap (double paging) and `stale` were dropped where they are.
   */
  follow(arrivals: number, reread: number, stale: number): void {
    const { residentPages } = this.#list;
    const memory = this.#memory;
    const want = Math.round(residentPages);
    const have = memory.used(this.#kind);
    const gross = Math.min(want, Math.max(this.#arrivals.take(arrivals), want - have, 0));
    const read = memory.readBack(this.#kind, this.#reread.take(reread));
    this.#totals.hostSwapInPages += read;
    this.#rereadPages += read;
    memory.give(this.#kind, have + gross - want, this.#stale.take(stale));
    memory.take(this.#kind, gross);
    if (Math.abs(this.#list.outPages - memory.out(this.#kind)) > 1) this.#list.fitOut(memory.out(this.#kind));
    if (this.#kind === CACHE) this.noteDirty();
  }

  /** Those since this was asked last. */
  takeRereads(): number {
    const pages = this.#rereadPages;
    this.#rereadPages = 0;
    return pages;
  }

  noteDirty(): void {
    this.#memory.dirtyPages = Math.min(this.#memory.used(CACHE), Math.round(this.#list.markedPages));
  }
}
