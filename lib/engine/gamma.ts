/** Service times of a given spread. */
import type { Random } from "./random.ts";

const SQUEEZE = 0.0331;

/** Gamma variate of that mean and coefficient of variation (Marsaglia and Tsang, ACM TOMS 26(3), 2000); constant for 0. */
export function gamma(mean: number, variation: number, random: Random): number {
  if (variation === 0) return mean;
  if (variation === 1) return random.exponential(mean);
  const shape = 1 / (variation * variation);
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    // What is below their squeeze is below the density too, and costs no logs.
    if (u >= 1 - SQUEEZE * x * x * x * x && Math.log(u) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue;
    // Below shape 1, the boost U^(1/shape) of the same paper.
    const boost = shape < 1 ? Math.exp(Math.log(1 - random.uniform()) / shape) : 1;
    return (d * v * boost * mean) / shape;
  }
}
