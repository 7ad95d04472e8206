/**
 * Misses of a region while memory is full and its missing shares are still those of an earlier change.
 *
 * A missing page misses at its first touch; a touched one again with the chance e^(-q cut) that it went untouched for a whole cut.
 * With x = q accesses, a class of n pages of which the share m is missing misses n (m (1 - e^-x) + (x - 1 + e^-x) e^(-q cut)) times:
 * at the present rate, n m x, where m = e^(-q cut).
 */
import type { HeatColumns } from "./columns.ts";
import { decayOf } from "./decay.ts";

export class Unsettled {
  /** By class. */
  readonly misses: Float64Array;
  total = 0;
  /** Derivative of the total by the accesses. */
  slope = 0;

  constructor(classes: number) {
    this.misses = new Float64Array(classes);
  }

  /** `window`: accesses in one cut; infinite where nothing presses on the list. */
  expect(columns: HeatColumns, window: number, accesses: number): void {
    this.total = 0;
    this.slope = 0;
    for (let i = 0; i < columns.pages.length; i++) {
      const pages = columns.pages[i] as number;
      const rate = columns.rate[i] as number;
      const decay = decayOf(rate * accesses);
      // A page that nobody touches does not miss, however long the window: 0 times infinity is no number.
      const again = rate > 0 ? decayOf(rate * window) : 1;
      const excess = (columns.missing[i] as number) - again;
      const misses = pages * (again * rate * accesses + excess * (1 - decay));
      this.misses[i] = misses;
      this.total += misses;
      this.slope += pages * rate * (again + excess * decay);
    }
  }
}
