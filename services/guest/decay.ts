/**
 * exp(-x), which the model asks for by heat class. Math.exp leaves compiled code for a call; this stays in it, and is made of operations
 * that IEEE 754 fixes, so its bits are the same everywhere.
 *
 * With x = (64 m + j + f) ln 2 / 64 it is 2^-m, times 2^(-j/64), times a short series of f.
 */
const STEPS = 64;
const STEP = Math.LN2 / STEPS;
const STEPS_PER_E = STEPS / Math.LN2;
/** Beyond, nothing is left. */
const MOST = 40;

/** 2^-m, and 2^(-j/64) as products of square roots. */
const HALVES = new Float64Array(Math.ceil(MOST / Math.LN2) + 1).fill(1);
for (let m = 1; m < HALVES.length; m++) HALVES[m] = (HALVES[m - 1] as number) / 2;
const PARTS = new Float64Array(STEPS).fill(1);
for (let bit = STEPS / 2, root = Math.sqrt(0.5); bit >= 1; bit /= 2, root = Math.sqrt(root)) {
  for (let j = 0; j < STEPS; j++) if ((j & bit) !== 0) (PARTS[j] as number) *= root;
}

/** exp(-x) for x >= 0, within 1e-14 of itself; 0 above 40. */
export function decayOf(x: number): number {
  if (x > MOST) return 0;
  const steps = (x * STEPS_PER_E) | 0;
  const rest = x - steps * STEP;
  const series = 1 - rest * (1 - rest * (1 / 2 - rest * (1 / 6 - rest * (1 / 24 - rest * (1 / 120)))));
  return (HALVES[steps >> 6] as number) * (PARTS[steps & 63] as number) * series;
}

/** Below, a series is nearer than the difference. */
const FEW = 1e-3;

/** Mean of exp(-y) for y from 0 to `x`: what is left of things that came evenly. */
export function meanDecayOf(x: number): number {
  return x > FEW ? (1 - decayOf(x)) / x : 1 - x / 2;
}
