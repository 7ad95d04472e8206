/**
 * Where reclaim's scan of the inactive anonymous list stands, and how long ago, in accesses of the workload, it last looked at
 * the page that it comes to next. A page that was used since then is spared (page_check_references(), mm/vmscan.c).
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

export class ScanHand {
  /** Share of the list that this round has covered. */
  #covered = 0;
  /** Accesses when this round began, and how many the round before took; Infinity: no page was ever looked at. */
  #beganAt = 0;
  #roundAccesses = Number.POSITIVE_INFINITY;

  /** Before the first round is over every page still carries the reference of its first touch. */
  get first(): boolean {
    return this.#roundAccesses === Number.POSITIVE_INFINITY;
  }

  /** Share of the list that is left of this round. */
  get left(): number {
    return 1 - this.#covered;
  }

  /** Accesses since the next page was last looked at. */
  age(accesses: number): number {
    if (this.first) return Number.POSITIVE_INFINITY;
    return accesses - this.#beganAt + (1 - this.#covered) * this.#roundAccesses;
  }

  /** Goes on by a share of the list, at most to the end of the round. */
  advance(share: number, accesses: number): void {
    this.#covered += share;
    if (this.#covered < 1 - 1e-9) return;
    this.#roundAccesses = accesses - this.#beganAt;
    this.#beganAt = accesses;
    this.#covered = 0;
  }

  set(other: ScanHand): void {
    this.#covered = other.#covered;
    this.#beganAt = other.#beganAt;
    this.#roundAccesses = other.#roundAccesses;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#covered);
    hasher.number(this.#beganAt);
    hasher.number(this.#roundAccesses);
  }
}
