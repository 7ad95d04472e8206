/**
 * Pressure-stall averages exactly as the kernel computes them (kernel/sched/psi.c, kernel/sched/loadavg.c, Linux 6.12):
 * integers in fixed point 2048, sampled every 2 s. `some` and `full` are one instance each.
 */

/** PSI_FREQ is 2 s and one jiffy; the model has no jiffies. */
export const PSI_PERIOD_NS = 2_000_000_000;
const FIXED_ONE = 2048;
/** exp(-2 s / 10, 60, 300 s) in fixed point. */
const DECAY = [1677, 1981, 2034] as const;
const HALF = FIXED_ONE / 2;

export type PsiFixed = readonly [avg10: number, avg60: number, avg300: number];

export class PsiAverages {
  #fixed: [number, number, number] = [0, 0, 0];
  #accountedNs: number;
  #updatedAtNs: number;
  #nextUpdateNs: number;

  /** `stallTotalNs`: the running total at `nowNs`, which counts from an earlier boot. */
  constructor(nowNs = 0, stallTotalNs = 0) {
    this.#accountedNs = stallTotalNs;
    this.#updatedAtNs = nowNs;
    this.#nextUpdateNs = nowNs + PSI_PERIOD_NS;
  }

  /** In fixed point: 2048 is 1 %. */
  get fixed(): PsiFixed {
    return this.#fixed;
  }

  /** The three averages in percent, unrounded. */
  get percent(): PsiFixed {
    const [avg10, avg60, avg300] = this.#fixed;
    return [avg10 / FIXED_ONE, avg60 / FIXED_ONE, avg300 / FIXED_ONE];
  }

  /** As /proc/pressure prints them: two decimals, cut off. */
  get text(): [string, string, string] {
    const [avg10, avg60, avg300] = this.#fixed;
    return [printed(avg10), printed(avg60), printed(avg300)];
  }

  /**
   * Takes the running total of stall time at `nowNs`; does nothing before the next period is due.
   * Stall beyond the period's length is left for the next one.
   */
  update(nowNs: number, stallTotalNs: number): void {
    if (nowNs < this.#nextUpdateNs) return;
    const missed = Math.floor((nowNs - this.#nextUpdateNs) / PSI_PERIOD_NS);
    this.#nextUpdateNs += (1 + missed) * PSI_PERIOD_NS;
    const periodNs = nowNs - (this.#updatedAtNs + missed * PSI_PERIOD_NS);
    this.#updatedAtNs = nowNs;
    const stallNs = Math.min(stallTotalNs - this.#accountedNs, periodNs);
    this.#accountedNs += stallNs;
    this.sample(missed, stallNs, periodNs);
  }

  /** One sample after `missed` whole periods without activity; `stallNs` is at most `periodNs`. */
  sample(missed: number, stallNs: number, periodNs: number): void {
    const active = Math.floor((stallNs * 100) / periodNs) * FIXED_ONE;
    for (let i = 0; i < DECAY.length; i++) {
      const decay = DECAY[i] as number;
      const idle = missed > 0 ? averaged(this.#fixed[i] as number, fixedPower(decay, missed), 0) : (this.#fixed[i] as number);
      this.#fixed[i] = averaged(idle, decay, active);
    }
  }
}

/** calc_load: rounds up while rising, so that a steady load is reached. */
function averaged(load: number, decay: number, active: number): number {
  const rounding = active >= load ? FIXED_ONE - 1 : 0;
  return Math.floor((load * decay + active * (FIXED_ONE - decay) + rounding) / FIXED_ONE);
}

/** fixed_power_int: x to the n-th by squaring, each product rounded to nearest. */
function fixedPower(base: number, exponent: number): number {
  let result = FIXED_ONE;
  let x = base;
  for (let n = exponent; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = Math.floor((result * x + HALF) / FIXED_ONE);
    x = Math.floor((x * x + HALF) / FIXED_ONE);
  }
  return result;
}

function printed(fixed: number): string {
  const hundredths = Math.floor(((fixed % FIXED_ONE) * 100) / FIXED_ONE);
  return `${Math.floor(fixed / FIXED_ONE)}.${String(hundredths).padStart(2, "0")}`;
}
