/** Percentiles, by HdrHistogram with two significant digits from 1 ns up: an error of at most 1 %. */
import { build, type Histogram } from "hdr-histogram-js";
import { boundsOf } from "../../../lib/histogram.ts";
import type { BucketCounts } from "./buckets.ts";

/** Nanoseconds. */
export interface Percentiles {
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
  readonly count: number;
}

/** Counts may be expected numbers and far less than 1 in sum, while HdrHistogram rounds the count of a percentile to a whole one. */
const LEAST_WEIGHT = 1_048_576;

const scratch = newHistogram();

export function newHistogram(): Histogram {
  return build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 1e12,
    numberOfSignificantValueDigits: 2,
  });
}

/** Percentiles of bucketed latencies, taken in the middle of each bucket; null where nothing was counted. */
export function percentilesOf(counts: BucketCounts): Percentiles | null {
  if (counts.total <= 0) return null;
  scratch.reset();
  // A power of two: whole counts stay whole.
  let unit = 1;
  while (counts.total * unit < LEAST_WEIGHT) unit *= 2;
  counts.each((bucket, count) => scratch.recordValueWithCount(middleNs(bucket), count * unit));
  return { ...read(scratch), count: counts.total };
}

/** Percentiles of values recorded one by one; null where there is none. */
export function percentilesIn(histogram: Histogram): Percentiles | null {
  return histogram.totalCount === 0 ? null : { ...read(histogram), count: histogram.totalCount };
}

function read(histogram: Histogram): Omit<Percentiles, "count"> {
  const maxNs = histogram.maxValue;
  const at = (percentile: number): number => Math.min(histogram.getValueAtPercentile(percentile), maxNs);
  return { p50Ns: at(50), p99Ns: at(99), p999Ns: at(99.9), maxNs };
}

function middleNs(bucket: number): number {
  const { lowNs, highNs } = boundsOf(bucket);
  return Math.floor((lowNs + highNs) / 2);
}
