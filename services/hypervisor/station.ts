/**
 * How long a read waits at the device if services are exponential, by the arrival theorem: an arriving customer of a closed network
 * sees it as it is with one customer fewer (Sevcik and Mitrani 1981; Reiser and Lavenberg 1980).
 *
 * The number of reads at the device is a birth-death chain: each of the other customers comes back after its think time, and j reads
 * leave at the discipline's rate, less what the open flow takes of it. With exponential service of one mean that is exact: the machine
 * repairman, without customers M/M/c, with both the product form. The chain is summed outwards from its mode, so a station
 * with ten thousand customers costs a few hundred terms.
 */

export interface Load {
  readonly serviceNs: number;
  /** Closed customers beside the arriving one. */
  readonly others: number;
  readonly thinkNs: number;
  /** Open arrivals per nanosecond; their load is below the number of channels. */
  readonly openRate: number;
}

/** Terms below this share of the largest are left out. */
const NEGLIGIBLE = 1e-11;
/** A think time of nothing would make the chain's rates infinite. */
const LEAST_THINK = 1e-7;

export class Station {
  readonly #channels: number;
  readonly #shared: boolean;
  /** Shared line: channels that j reads use, j up to the number of channels. */
  readonly #speed: Float64Array;
  readonly #terms: Float64Array;
  /** Open load, in channels. */
  #open = 0;

  /** Shared: one line for all channels. Banks: each request at the one channel that it needs, any with equal chance. */
  constructor(channels: number, queueing: "shared" | "banks") {
    this.#channels = channels;
    this.#shared = queueing === "shared";
    this.#speed = new Float64Array(channels + 1);
    this.#terms = new Float64Array(channels + 1);
  }

  /** Mean wait in line of an arriving read, without its service. */
  waitNs(load: Load): number {
    this.#open = load.openRate * load.serviceNs;
    if (this.#shared) this.#tabulate();
    const thinkNs = Math.max(load.thinkNs, load.serviceNs * LEAST_THINK);
    const perThink = load.serviceNs / thinkNs;
    const middle = this.#mode(load.others, perThink);
    let total = 1;
    let line = this.#line(middle);
    let weight = 1;
    for (let j = middle; j < load.others && weight > NEGLIGIBLE; j++) {
      weight *= this.#ratio(j, load.others, perThink);
      total += weight;
      line += weight * this.#line(j + 1);
    }
    weight = 1;
    for (let j = middle - 1; j >= 0 && weight > NEGLIGIBLE; j--) {
      weight /= this.#ratio(j, load.others, perThink);
      total += weight;
      line += weight * this.#line(j);
    }
    return Math.max(0, (line / total) * load.serviceNs);
  }

  /** Channels that work for reads when j of them are present. Banks: j c / (c + j - 1), hence R = S (1 + (j - 1) / c). */
  #reading(j: number): number {
    const channels = this.#channels;
    if (!this.#shared) return ((channels - this.#open) * j) / (channels + j - 1);
    return j <= channels ? (this.#speed[j] as number) : channels - this.#open;
  }

  /** Mean wait of a read that finds j others, in units of the service time. */
  #line(j: number): number {
    return (j + 1) / this.#reading(j + 1) - 1;
  }

  /** Weight of j + 1 reads over that of j. */
  #ratio(j: number, others: number, perThink: number): number {
    return ((others - j) * perThink) / this.#reading(j + 1);
  }

  /** The state from which the chain falls off on both sides. */
  #mode(others: number, perThink: number): number {
    let low = -1;
    let high = Math.ceil(others);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#ratio(middle, others, perThink) > 1) low = middle;
      else high = middle;
    }
    return high;
  }

  /**
   * With a the open load and t(m) = a^m / m!, the states of i reads and any number of open requests weigh H(i) / i! in sum:
   * H(i) = t(0) + ... + t(c - 1 - i) + K(i), and K, those in which all channels are busy, follows from
   * K(i) (1 - a / c) = (i / c) K(i - 1) + t(c - i). Reads then leave as if i H(i - 1) / H(i) channels worked for them.
   */
  #tabulate(): void {
    const channels = this.#channels;
    const speed = this.#speed;
    if (this.#open === 0) {
      for (let i = 0; i <= channels; i++) speed[i] = i;
      return;
    }
    // Only ratios matter, so t is taken relative to its largest term.
    const peak = Math.floor(this.#open);
    const t = this.#terms;
    t[peak] = 1;
    for (let m = peak + 1; m <= channels; m++) t[m] = ((t[m - 1] as number) * this.#open) / m;
    for (let m = peak - 1; m >= 0; m--) t[m] = ((t[m + 1] as number) * (m + 1)) / this.#open;
    let below = 0;
    for (let m = 0; m < channels; m++) below += t[m] as number;
    let busy = 0;
    let before = 0;
    for (let i = 0; i <= channels; i++) {
      const term = t[channels - i] as number;
      if (i > 0) below -= term;
      busy = ((i / channels) * busy + term) / (1 - this.#open / channels);
      const sum = Math.max(0, below) + busy;
      speed[i] = (i * before) / sum;
      before = sum;
    }
  }
}
