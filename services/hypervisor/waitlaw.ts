/** The wait of one class of requests: how likely, how long, and its shape. */
import { KNOTS, normalise, SHARES } from "../../lib/waitshape.ts";

/** Points on which the waits of an operation's stripes are summed. */
const POINTS = 160;

/** A wait less likely than this is none. */
const LEAST_CHANCE = 1e-9;

/** What a law is read from: waits by level. */
export interface WaitLevels {
  readonly levels: number;
  waitNs(level: number): number;
}

export class WaitLaw {
  meanNs = 0;
  /** Chance to wait at all. */
  probability = 0;
  /** Quantiles of the waits that there are, over their mean (lib/waitshape.ts). */
  readonly shape = new Float64Array(KNOTS.length);
  #told: readonly number[] | undefined;

  /** The shape as grants carry it: one array for all of them. */
  get told(): readonly number[] {
    this.#told ??= Array.from(this.shape);
    return this.#told;
  }

  /** Takes the law of `stripes` waits one after the other, each of chances by level and `none` of no wait, times `factor`. */
  set(levels: WaitLevels, chance: Float64Array, none: number, factor: number, stripes: number): void {
    this.#told = undefined;
    let mean = 0;
    for (let i = 0; i < levels.levels; i++) mean += (chance[i] as number) * levels.waitNs(i);
    this.meanNs = mean * factor * stripes;
    this.probability = none >= 1 ? 0 : 1 - Math.exp(stripes * Math.log(Math.max(none, Number.MIN_VALUE)));
    if (this.probability < LEAST_CHANCE || mean <= 0) {
      this.probability = 0;
      this.meanNs = 0;
      return;
    }
    if (stripes === 1) this.#quantiles(chance, levels.levels, (i) => levels.waitNs(i));
    else this.#sum(levels, chance, none, stripes);
    normalise(this.shape);
  }

  #sum(levels: WaitLevels, chance: Float64Array, none: number, stripes: number): void {
    const mostNs = levels.waitNs(levels.levels) * (1 + Math.log(stripes));
    const pointNs = mostNs / (POINTS - 1);
    const one = new Float64Array(POINTS);
    one[0] = none;
    for (let i = 0; i < levels.levels; i++) {
      const place = levels.waitNs(i) / pointNs;
      const low = Math.min(POINTS - 2, Math.floor(place));
      const part = place - low;
      one[low] = (one[low] as number) + (1 - part) * (chance[i] as number);
      one[low + 1] = (one[low + 1] as number) + part * (chance[i] as number);
    }
    let sum: Float64Array = one;
    for (let n = 1; n < stripes; n++) sum = convolved(sum, one);
    // What was moved onto the point of no wait by rounding has waited a little.
    sum[0] = Math.max(0, (sum[0] as number) - (1 - this.probability));
    this.#quantiles(sum, POINTS, (i) => i * pointNs);
  }

  /** Quantiles of the waits above 0, evenly spread around each level. */
  #quantiles(chance: Float64Array, levels: number, waitNs: (level: number) => number): void {
    let all = 0;
    for (let i = 0; i < levels; i++) all += chance[i] as number;
    let below = 0;
    let level = 0;
    for (const [knot, share] of SHARES.entries()) {
      while (level < levels - 1 && below + (chance[level] as number) < share * all) below += chance[level++] as number;
      const inside = (chance[level] as number) > 0 ? (share * all - below) / (chance[level] as number) : 0;
      const [low, high] = [level === 0 ? 0 : waitNs(level - 1), waitNs(level)];
      this.shape[knot] = Math.max(0, (low + high) / 2 + Math.max(0, Math.min(1, inside)) * (high - low));
    }
  }
}

function convolved(a: Float64Array, b: Float64Array): Float64Array {
  const sum = new Float64Array(POINTS);
  for (let i = 0; i < POINTS; i++) {
    const p = a[i] as number;
    if (p === 0) continue;
    for (let j = 0; i + j < POINTS; j++) sum[i + j] = (sum[i + j] as number) + p * (b[j] as number);
  }
  return sum;
}
