/** Mean of a few runs, and the interval in which the mean of all runs lies with 95 % confidence (Student's t). */

export interface Estimate {
  /** Null: no run had a value. */
  readonly mean: number | null;
  /** Half the width of the interval; null with fewer than two values. */
  readonly plusMinus: number | null;
  /** Runs that had a value. */
  readonly n: number;
}

export function estimate(values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return { mean: null, plusMinus: null, n };
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, plusMinus: null, n };
  const squares = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, plusMinus: studentT(n - 1) * Math.sqrt(squares / (n - 1) / n), n };
}

/** 97.5 % quantiles of Student's t by degrees of freedom, from 1. */
const QUANTILES = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098,
  2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];
/** The same of the normal distribution. */
const Z = 1.959964;

/** 97.5 % quantile of Student's t: half of a two-sided 95 % interval, in standard errors. */
export function studentT(freedom: number): number {
  const tabled = QUANTILES[freedom - 1];
  if (tabled !== undefined) return tabled;
  // Abramowitz and Stegun 26.7.5: two terms suffice beyond the table.
  const cube = Z * Z * Z;
  return Z + (cube + Z) / (4 * freedom) + (5 * cube * Z * Z + 16 * cube + 3 * Z) / (96 * freedom * freedom);
}
