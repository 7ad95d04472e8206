/**
 * A stretch of accesses in which reclaim picks pages at random: what becomes of one page, in closed form.
 *
 * The page is touched x times in the mean and picked d times. It is not touched with e^-x, and is then picked l times with
 * e^-d d^l / l!. Touched, it has been picked l times since with
 *
 *     b(l) = x/z (d/z)^l Q(l + 1, z),   z = x + d,   Q(a, z) = 1 - e^-z (1 + z + ... + z^(a-1) / (a-1)!)
 */
export class Stretch {
  readonly #lives: number;
  #picks = 0;
  #spared = 1;
  /** Chance of l picks, for l below the lives. */
  readonly picked: Float64Array;
  /** b(l), for l up to the lives. */
  readonly touched: Float64Array;
  /** Sum over l from 1 to the lives of l x/d b(l); with k lives, k/d b(k): by that the touched pages that are left fall as d grows. */
  again = 0;
  fall = 0;

  constructor(lives: number) {
    this.#lives = lives;
    this.picked = new Float64Array(lives);
    this.touched = new Float64Array(lives + 1);
  }

  /** `spared`: e^-picks. */
  pick(picks: number, spared: number): void {
    this.#picks = picks;
    this.#spared = spared;
    let term = spared;
    for (let l = 0; l < this.#lives; l++) {
      this.picked[l] = term;
      term *= picks / (l + 1);
    }
  }

  /** `untouched`: e^-x. */
  touch(x: number, untouched: number): void {
    this.again = 0;
    this.fall = 0;
    if (x === 0) {
      this.touched.fill(0);
      return;
    }
    const z = x + this.#picks;
    const weight = x / z;
    let term = untouched * this.#spared;
    let rest = 1;
    let [before, power] = [0, weight];
    for (let l = 0; l <= this.#lives; l++) {
      rest = Math.max(0, rest - term);
      term *= z / (l + 1);
      this.touched[l] = power * rest;
      this.again += l * weight * before * rest;
      this.fall = (l * before * rest) / z;
      before = power;
      power *= this.#picks / z;
    }
  }
}
