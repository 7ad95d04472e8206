/** Closed forms of replacement: Che's characteristic time, Gelenbe's RANDOM, the cyclic scan. Page by page, no classes. */

/** Chance that a page of popularity q is resident at characteristic time T. */
type Presence = (q: number, time: number) => number;

const presenceLru: Presence = (q, time) => 1 - Math.exp(-q * time);
const presenceRandom: Presence = (q, time) => (q * time) / (1 + q * time);

/** Miss ratio of LRU under independent references (Che, Tung and Wang, JSAC 20(7), 2002). */
export function missRatioLru(chance: Float64Array, capacityPages: number): number {
  return missRatio(chance, capacityPages, presenceLru);
}

/** Miss ratio of RANDOM, and of FIFO, under independent references (Gelenbe, IEEE TC 22(6), 1973; Fricker et al., 2012). */
export function missRatioRandom(chance: Float64Array, capacityPages: number): number {
  return missRatio(chance, capacityPages, presenceRandom);
}

function missRatio(chance: Float64Array, capacityPages: number, presence: Presence): number {
  if (capacityPages >= chance.length) return 0;
  const resident = (time: number) => chance.reduce((sum, q) => sum + presence(q, time), 0);
  let [low, high] = [0, 1];
  while (resident(high) < capacityPages) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (resident(middle) < capacityPages) low = middle;
    else high = middle;
  }
  return chance.reduce((sum, q) => sum + q * (1 - presence(q, low)), 0);
}

/** Cyclic scan of `ratio` times the capacity under RANDOM: the non-zero root of m = 1 - exp(-m ratio); 0 where all fits. */
export function missRatioScanRandom(ratio: number): number {
  if (ratio <= 1) return 0;
  let [low, high] = [1e-9, 1];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (1 - Math.exp(-middle * ratio) > middle) low = middle;
    else high = middle;
  }
  return low;
}
