/**
 * Counts of latencies in the log-linear buckets of lib/histogram.ts, kept only between the lowest and highest bucket seen:
 * ten thousand VMs with two of them each must stay small.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Histogram } from "../../../lib/wire/messages.ts";

/** Room is taken in steps of this many buckets. */
const ROOM = 16;

export class BucketCounts {
  #first = 0;
  #counts = new Float64Array(0);
  #total = 0;

  /** Sum of all counts: expected numbers of events, so not always whole. */
  get total(): number {
    return this.#total;
  }

  add(histogram: Histogram | null): void {
    if (histogram === null) return;
    const { bucket, count } = histogram;
    for (let i = 0; i < bucket.length; i++) this.addCount(bucket[i] as number, count[i] ?? 0);
  }

  addCount(bucket: number, count: number): void {
    if (count <= 0) return;
    if (bucket < this.#first || bucket >= this.#first + this.#counts.length) this.#makeRoom(bucket);
    const slot = bucket - this.#first;
    this.#counts[slot] = (this.#counts[slot] as number) + count;
    this.#total += count;
  }

  /** Calls back for each bucket with a count, from the lowest. */
  each(visit: (bucket: number, count: number) => void): void {
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] as number;
      if (count > 0) visit(this.#first + i, count);
    }
  }

  addAll(other: BucketCounts): void {
    other.each((bucket, count) => this.addCount(bucket, count));
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#total);
  }

  #makeRoom(bucket: number): void {
    const empty = this.#counts.length === 0;
    const low = Math.floor(bucket / ROOM) * ROOM;
    const first = empty ? low : Math.min(this.#first, low);
    const end = Math.max(empty ? 0 : this.#first + this.#counts.length, low + ROOM);
    const counts = new Float64Array(end - first);
    if (!empty) counts.set(this.#counts, this.#first - first);
    this.#first = first;
    this.#counts = counts;
  }
}
