/** A page with some lives that is picked at random times, `picks` times in the mean. */

export interface Survival {
  /** Chance that it is left: S(h) = e^-h (1 + h + ... + h^(lives-1) / (lives-1)!). */
  readonly left: number;
  /** Chance that one more pick takes it: -dS/dh. */
  readonly last: number;
  /** Integral of S from 0 to h. */
  readonly integral: number;
}

export function survivalOf(picks: number, lives: number): Survival {
  let last = Math.exp(-picks);
  let left = last;
  let integral = lives - left;
  for (let l = 1; l < lives; l++) {
    last *= picks / l;
    left += last;
    integral -= left;
  }
  return { left, last, integral };
}
