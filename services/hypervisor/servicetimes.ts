/** Service times of mean 1 as a few values, each with its chance: what the waits are integrated over. */

export interface ServiceTimes {
  /** Ascending. */
  readonly value: Float64Array;
  readonly chance: Float64Array;
  /** Squared coefficient of variation. */
  readonly variation2: number;
}

const VALUES = 12;
/** Points on the logarithmic axis on which the density is summed. */
const POINTS = 4_000;

/** The gamma law of that coefficient of variation; its mean and variance are kept exactly. Below 0.001 the time is constant. */
export function serviceTimes(variation: number): ServiceTimes {
  if (variation < 1e-3) return { value: Float64Array.of(1), chance: Float64Array.of(1), variation2: 0 };
  const { value, chance } = slices(1 / (variation * variation));
  let square = 0;
  for (let i = 0; i < VALUES; i++) square += (chance[i] as number) * ((value[i] as number) - 1) * ((value[i] as number) - 1);
  // Means of slices lie a little closer together than what they stand for.
  const stretch = variation / Math.sqrt(square);
  const least = (value[0] as number) / 2;
  for (let i = 0; i < VALUES; i++) value[i] = Math.max(least, 1 + ((value[i] as number) - 1) * stretch);
  return { value, chance, variation2: variation * variation };
}

/** Means of the slices of a gamma law of mean 1; slice by slice a cubically smaller share of the law is left above. */
function slices(shape: number): { value: Float64Array; chance: Float64Array } {
  const spread = 1 / Math.sqrt(shape);
  const low = -Math.min(700 / shape, 12 * spread + 30 / shape);
  const high = Math.log(1 + 12 * spread + 40 * spread * spread);
  const x = new Float64Array(POINTS);
  const density = new Float64Array(POINTS);
  let mass = 0;
  for (let i = 0; i < POINTS; i++) {
    const at = low + ((i + 0.5) / POINTS) * (high - low);
    x[i] = Math.exp(at);
    density[i] = Math.exp(shape * (at + 1 - (x[i] as number)));
    mass += density[i] as number;
  }
  const value = new Float64Array(VALUES);
  const chance = new Float64Array(VALUES);
  let below = 0;
  for (let i = 0, slice = 0; i < POINTS; i++) {
    let left = (density[i] as number) / mass;
    for (; slice < VALUES - 1 && below + left >= upTo(slice); slice++) {
      const part = upTo(slice) - below;
      value[slice] = (value[slice] as number) + part * (x[i] as number);
      chance[slice] = (chance[slice] as number) + part;
      below += part;
      left -= part;
    }
    value[slice] = (value[slice] as number) + left * (x[i] as number);
    chance[slice] = (chance[slice] as number) + left;
    below += left;
  }
  let mean = 0;
  for (let i = 0; i < VALUES; i++) mean += value[i] as number;
  for (let i = 0; i < VALUES; i++) value[i] = (value[i] as number) / (chance[i] as number) / mean;
  return { value, chance };
}

/** Share of the law below the upper end of a slice. */
function upTo(slice: number): number {
  const left = 1 - (slice + 1) / VALUES;
  return 1 - left * left * left;
}
