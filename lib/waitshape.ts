/**
 * The shape of a wait as a grant carries it: quantiles relative to the mean, in between linear in -ln(share of longer waits), so that
 * an exponential wait is exact. Beyond the last one the line goes on.
 */

/** -ln of the shares of waits that are longer: 90, 70, 50, 30, 15, 7, 3, 1, 0.3 and 0.1 %. */
const LONGER = [1, 0.9, 0.7, 0.5, 0.3, 0.15, 0.07, 0.03, 0.01, 0.003, 0.001];
export const KNOTS: readonly number[] = LONGER.map((share) => -Math.log(share));
/** Chance of an exponential wait beyond each knot; the last piece goes on to infinity. */
const BEYOND: readonly number[] = KNOTS.map((knot, i) => (i === LONGER.length - 1 ? 0 : Math.exp(-knot)));
/** Shares of waits that are shorter; the first quantile is a little above the least wait, which is rare in a long line. */
export const SHARES: readonly number[] = LONGER.map((share) => Math.max(0.02, 1 - share));

/** Makes the mean of the law that the quantiles stand for 1; of all zeros, of an exponential one. */
export function normalise(quantiles: Float64Array): void {
  let mean = 0;
  for (let i = 0; i < KNOTS.length - 1; i++) {
    const [low, high] = [KNOTS[i] as number, KNOTS[i + 1] as number];
    const slope = ((quantiles[i + 1] as number) - (quantiles[i] as number)) / (high - low);
    // The integral of (q + slope (e - low)) exp(-e) over e; beyond the last knot it is that of the last piece, to infinity.
    const from = BEYOND[i] as number;
    const to = BEYOND[i + 1] as number;
    const end = to === 0 ? 0 : (quantiles[i + 1] as number);
    mean += (quantiles[i] as number) * from - end * to + slope * (from - to);
  }
  for (let i = 0; i < KNOTS.length; i++) quantiles[i] = mean > 0 ? (quantiles[i] as number) / mean : (KNOTS[i] as number);
}

/** The wait, relative to its mean, that the share `longer` of waits exceeds; without quantiles an exponential one. */
export function waitAt(quantiles: readonly number[], longer: number): number {
  const place = -Math.log(longer);
  if (quantiles.length < KNOTS.length) return place;
  let i = 0;
  while (i < KNOTS.length - 2 && (KNOTS[i + 1] as number) < place) i++;
  const low = KNOTS[i] as number;
  const high = KNOTS[i + 1] as number;
  const from = quantiles[i] as number;
  const to = quantiles[i + 1] as number;
  return from + ((to - from) * (place - low)) / (high - low);
}

/** Mean of the squares of waits whose mean is 1. */
export function squareOf(quantiles: readonly number[]): number {
  if (quantiles.length < KNOTS.length) return 2;
  let square = 0;
  for (let i = 0; i < KNOTS.length - 1; i++) {
    const from = quantiles[i] as number;
    const to = quantiles[i + 1] as number;
    const slope = (to - from) / ((KNOTS[i + 1] as number) - (KNOTS[i] as number));
    const left = BEYOND[i] as number;
    const right = BEYOND[i + 1] as number;
    square += left * (from * from + 2 * slope * (from + slope)) - right * (to * to + 2 * slope * (to + slope));
  }
  return square;
}
