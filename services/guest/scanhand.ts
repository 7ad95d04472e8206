/**
 * Where reclaim's scan of the inactive anonymous list stands, and how long ago, in accesses of the workload, it last looked at
 * the pages that it comes to next. A page that was used since then is spared (folio_check_references(), mm/vmscan.c).
 *
 * The list is a ring of equal segments, each with the time at which the scan last came to its end: a squeeze passes many at once,
 * and its next round finds them all of the same age.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

const SEGMENTS = 16;
/** Shares of the list below this are rounding. */
const LEAST = 1e-9;

export class ScanHand {
  #segment = 0;
  /** Share of the list that is left of the segment. */
  #left = 1 / SEGMENTS;
  /** Accesses when the scan came to each segment's end; -Infinity: never. */
  readonly #passedAt = new Float64Array(SEGMENTS).fill(Number.NEGATIVE_INFINITY);
  /** And to its beginning, in that round; to the beginning of the present one in this round. */
  readonly #enteredAt = new Float64Array(SEGMENTS);
  #begunAt = 0;

  /** The next pages were never looked at: each still carries the reference of its first touch. */
  get first(): boolean {
    return this.#passedAt[this.#segment] === Number.NEGATIVE_INFINITY;
  }

  /** Share of the list up to the segment's end: so far its age holds. */
  get left(): number {
    return this.#left;
  }

  /**
   * Accesses since the pages up to the segment's end were last looked at, in the mean: evenly while the scan went over it. Infinity: they
   * never were.
   */
  age(accesses: number): number {
    if (this.first) return Number.POSITIVE_INFINITY;
    const [from, to] = [this.#enteredAt[this.#segment] as number, this.#passedAt[this.#segment] as number];
    return accesses - to + ((to - from) * Math.min(1, this.#left * SEGMENTS)) / 2;
  }

  /** Goes on by a share of the list, at most to the segment's end. */
  advance(share: number, accesses: number): void {
    if (this.#left === 1 / SEGMENTS) this.#begunAt = accesses;
    this.#left -= share;
    if (this.#left > LEAST) return;
    this.#enteredAt[this.#segment] = this.#begunAt;
    this.#passedAt[this.#segment] = accesses;
    this.#segment = (this.#segment + 1) % SEGMENTS;
    this.#left = 1 / SEGMENTS;
  }

  /** The list is empty: what comes was never looked at. */
  restart(): void {
    this.#segment = 0;
    this.#left = 1 / SEGMENTS;
    this.#passedAt.fill(Number.NEGATIVE_INFINITY);
    this.#begunAt = 0;
  }

  set(other: ScanHand): void {
    this.#segment = other.#segment;
    this.#left = other.#left;
    this.#passedAt.set(other.#passedAt);
    this.#enteredAt.set(other.#enteredAt);
    this.#begunAt = other.#begunAt;
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#segment);
    hasher.number(this.#left);
    hasher.number(this.#begunAt);
    for (const at of this.#passedAt) hasher.number(at);
    for (const at of this.#enteredAt) hasher.number(at);
  }
}
