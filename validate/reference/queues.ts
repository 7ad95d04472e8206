/** Closed forms of queueing: M/M/c, and the machine repairman with c repairmen. */

/** Chance that a request to M/M/c waits (Erlang C), by the stable recursion over Erlang B. */
export function waitProbability(channels: number, utilisation: number): number {
  const load = channels * utilisation;
  let blocked = 1;
  for (let k = 1; k <= channels; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked / (1 - utilisation + utilisation * blocked);
}

/** Response time over service time of M/M/c. */
export function stretch(channels: number, utilisation: number): number {
  return 1 + waitProbability(channels, utilisation) / (channels * (1 - utilisation));
}

export interface Closed {
  readonly perS: number;
  readonly responseNs: number;
  readonly utilisation: number;
}

/** `population` requests that each think and are served in turn, both exponential, at `channels` servers with one line. */
export function repairman(population: number, thinkNs: number, serviceNs: number, channels: number): Closed {
  const weights: number[] = [1];
  for (let n = 1; n <= population; n++) {
    const previous = weights[n - 1] as number;
    weights.push((previous * (population - n + 1) * serviceNs) / (thinkNs * Math.min(n, channels)));
  }
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = (of: (n: number) => number) => weights.reduce((sum, w, n) => sum + w * of(n), 0) / total;
  const busy = mean((n) => Math.min(n, channels));
  const perNs = busy / serviceNs;
  return { perS: perNs * 1e9, responseNs: mean((n) => n) / perNs, utilisation: busy / channels };
}

/** The same with a think time of zero: `population` requests always at the servers. */
export function saturated(population: number, serviceNs: number, channels: number): Closed {
  const busy = Math.min(population, channels);
  return { perS: (busy / serviceNs) * 1e9, responseNs: (population * serviceNs) / busy, utilisation: busy / channels };
}
