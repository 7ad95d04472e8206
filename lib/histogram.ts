/**
 * Log-linear latency buckets, after HdrHistogram: every power of two above 100 ns is cut into 34 equal parts, so a
 * bucket is at most 1/34 (2.95 %) as wide as its lower bound. Bucket 0 is what lies below 100 ns; what lies at 1,000 s
 * or above counts in the last bucket.
 */
const LEAST_NS = 100;
const MOST_NS = 1_000_000_000_000;
const PARTS = 34;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Number of the bucket that holds a latency in nanoseconds. Exact: it reads the octave off the double's exponent. */
export function bucketOf(valueNs: number): number {
  if (!(valueNs >= LEAST_NS)) return 0;
  const ratio = Math.min(valueNs, MOST_NS) / LEAST_NS;
  double[0] = ratio;
  const octave = (((words[1] as number) >>> 20) & 0x7ff) - 1023;
  const part = Math.floor((ratio / powerOfTwo(octave) - 1) * PARTS);
  return 1 + octave * PARTS + part;
}

/** The last bucket's number. */
export const LAST_BUCKET = bucketOf(MOST_NS);

/** Bounds of a bucket in nanoseconds: `lowNs` belongs to it, `highNs` to the next. */
export function boundsOf(bucket: number): { readonly lowNs: number; readonly highNs: number } {
  if (bucket <= 0) return { lowNs: 0, highNs: LEAST_NS };
  const index = Math.min(bucket, LAST_BUCKET) - 1;
  const octave = Math.floor(index / PARTS);
  const part = index - octave * PARTS;
  const scale = LEAST_NS * powerOfTwo(octave);
  return { lowNs: scale * (1 + part / PARTS), highNs: scale * (1 + (part + 1) / PARTS) };
}

function powerOfTwo(exponent: number): number {
  words[0] = 0;
  words[1] = (exponent + 1023) << 20;
  return double[0] as number;
}

/** As splice(), which makes an array of what it removes: nothing. */
function insert(into: number[], at: number, value: number): void {
  into.push(value);
  for (let i = into.length - 1; i > at; i--) into[i] = into[i - 1] as number;
  into[at] = value;
}

/** Counts by bucket, kept sparse and in rising order: thousands of guests hold two each. */
export class LatencyHistogram {
  #buckets: number[] = [];
  #counts: number[] = [];

  get isEmpty(): boolean {
    return this.#buckets.length === 0;
  }

  /** Sum of all counts, which may be expected numbers and so not whole. */
  get total(): number {
    let total = 0;
    for (const count of this.#counts) total += count;
    return total;
  }

  add(valueNs: number, count: number): void {
    if (count <= 0) return;
    const bucket = bucketOf(valueNs);
    const buckets = this.#buckets;
    let low = 0;
    let high = buckets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((buckets[middle] as number) < bucket) low = middle + 1;
      else high = middle;
    }
    if (buckets[low] === bucket) {
      (this.#counts[low] as number) += count;
      return;
    }
    insert(buckets, low, bucket);
    insert(this.#counts, low, count);
  }

  /** The counts as the wire's Histogram carries them, in rising order of bucket; the histogram is empty afterwards. */
  take(): { bucket: readonly number[]; count: readonly number[] } {
    const taken = { bucket: this.#buckets, count: this.#counts };
    this.#buckets = [];
    this.#counts = [];
    return taken;
  }
}
