/**
 * A popularity law as heat classes (docs/model.md section 2): ranks are put into a few groups, and each group is two classes that have
 * its number of pages and the first three moments of their popularity, the nodes of Gauss's quadrature. Sums over the pages of what
 * is smooth in their popularity, as all that the model asks for, then come out as well as with many plain groups.
 *
 * The groups' ends grow with the fifth power of their number: fine among the many cold pages, which miss, and coarser among the hot ones,
 * which are resident. The miss ratio of an LRU is within 0.1 percentage points of that of the single pages where a twentieth of them
 * or more fits, and within 0.3 below.
 */
import type { PopularityLaw } from "../../lib/scenario/scenario.ts";

const GROUPS = 8;
/** Power of their number with which their ends grow. */
const GRADING = 5;
/** Most classes that a law has. */
export const CLASSES = 2 * GROUPS;
/** Pages whose popularities vary by less, squared and relative, are alike. */
const ALIKE = 1e-9;
/** Sums over fewer ranks than this are added up; above, the integral's error is below 1e-4. */
const EXACT_RANKS = 64;

export interface Heat {
  /** Every page in turn instead of independent draws. */
  readonly scan: boolean;
  /** Pages of each class, the hottest first; they sum to the region's size. */
  readonly pages: Float64Array;
  /** Share of the region's accesses that one page of the class takes; sum of pages * rate is 1. */
  readonly rate: Float64Array;
}

/** `pages`: whole, at least 1. */
export function heatOf(law: PopularityLaw, pages: number): Heat {
  switch (law.kind) {
    case "uniform":
      return { scan: false, pages: Float64Array.of(pages), rate: Float64Array.of(1 / pages) };
    case "scan":
      return { scan: true, pages: Float64Array.of(pages), rate: Float64Array.of(1 / pages) };
    case "hotcold":
      return hotCold(pages, law.hotShare, law.hotAccesses);
    case "zipf":
      return zipf(pages, law.exponent);
  }
}

function hotCold(pages: number, hotShare: number, hotAccesses: number): Heat {
  const hot = Math.min(pages, Math.max(0, Math.round(pages * hotShare)));
  if (hot === 0 || hot === pages) return heatOf({ kind: "uniform" }, pages);
  return {
    scan: false,
    pages: Float64Array.of(hot, pages - hot),
    rate: Float64Array.of(hotAccesses / hot, (1 - hotAccesses) / (pages - hot)),
  };
}

function zipf(pages: number, exponent: number): Heat {
  const counts: number[] = [];
  const weights: number[] = [];
  let total = 0;
  let start = 0;
  for (const end of groupEnds(pages)) {
    total += rankSum(start, end, exponent);
    for (const [count, weight] of nodesOf(start, end, exponent)) {
      counts.push(count);
      weights.push(weight);
    }
    start = end;
  }
  return { scan: false, pages: Float64Array.from(counts), rate: Float64Array.from(weights, (weight) => weight / total) };
}

/** Last rank of each group, which has at least one page. */
function groupEnds(pages: number): number[] {
  const ends: number[] = [];
  let last = 0;
  for (let i = 1; i <= GROUPS && last < pages; i++) {
    const even = i === GROUPS ? pages : Math.round(pages * Math.exp(GRADING * Math.log(i / GROUPS)));
    last = Math.min(pages, Math.max(last + 1, even));
    ends.push(last);
  }
  return ends;
}

/** Pages and popularity of the classes that stand for the ranks start < rank <= end. */
function nodesOf(start: number, end: number, exponent: number): (readonly [number, number])[] {
  const count = end - start;
  const mean = rankSum(start, end, exponent) / count;
  const variance = rankSum(start, end, 2 * exponent) / count - mean * mean;
  if (variance <= ALIKE * mean * mean) return [[count, mean]];
  const third = rankSum(start, end, 3 * exponent) / count - mean * (mean * mean + 3 * variance);
  const middle = third / variance / 2;
  const reach = Math.sqrt(middle * middle + variance);
  const hot = (count * (reach - middle)) / (2 * reach);
  return [
    [hot, mean + middle + reach],
    [count - hot, mean + middle - reach],
  ];
}

/** Sum of rank^-exponent over start < rank <= end. */
function rankSum(start: number, end: number, exponent: number): number {
  if (end <= EXACT_RANKS) {
    let sum = 0;
    for (let rank = start + 1; rank <= end; rank++) sum += Math.exp(-exponent * Math.log(rank));
    return sum;
  }
  const low = Math.log(start + 0.5);
  const high = Math.log(end + 0.5);
  const power = 1 - exponent;
  if (Math.abs(power) < 1e-9) return high - low;
  return (Math.exp(power * high) - Math.exp(power * low)) / power;
}
