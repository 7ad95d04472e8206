/** How often a page was picked in the mean, up to each touch of a loop's last round: straight lines between knots. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { survivalOf } from "./poisson.ts";

/** Pieces of one round: shorter ones are joined. */
const PIECES = 64;
const MOST_KNOTS = 4 * PIECES;
/** So many picks with no touch in between are a knot of their own. */
const JUMP = 0.01;
/** Of a page: fewer touches than this are none. */
const NO_TOUCH = 1e-3;
/** So few picks hardly bend the survival. */
const STRAIGHT = 1e-6;

interface Knot {
  /** Touches, counted from any beginning. */
  clock: number;
  picks: number;
}

/** Pages that are left; and of them, how many the next pick takes. */
export interface Tally {
  readonly left: number;
  readonly last: number;
}

export class History {
  readonly #lives: number;
  /** In order; never empty. Before the first one nothing was picked. */
  #knots: Knot[] = [{ clock: 0, picks: 0 }];

  constructor(lives: number) {
    this.#lives = lives;
  }

  get #now(): Knot {
    return this.#knots[this.#knots.length - 1] as Knot;
  }

  clear(): void {
    this.#knots = [{ clock: 0, picks: 0 }];
  }

  /** `touches` go by, and a page is picked `picks` times meanwhile. `round`: pages of the loop. */
  extend(touches: number, picks: number, round: number): void {
    if (touches === 0 && picks === 0) return;
    const { clock, picks: before } = this.#now;
    const last = this.#knots[this.#knots.length - 2];
    const length = last === undefined ? Number.POSITIVE_INFINITY : clock - last.clock;
    const sudden = touches < NO_TOUCH;
    const jump = sudden !== length < NO_TOUCH && (sudden ? picks : before - (last?.picks ?? 0)) > JUMP;
    const joins = length < round / PIECES && !jump;
    if (joins || this.#knots.length > MOST_KNOTS) this.#knots.pop();
    this.#knots.push({ clock: clock + touches, picks: before + picks });
    const from = clock + touches - round;
    while (this.#knots.length > 2 && (this.#knots[1] as Knot).clock <= from) this.#knots.shift();
  }

  /** The loop has become shorter. */
  shrink(kept: number): void {
    const { clock } = this.#now;
    for (const knot of this.#knots) knot.clock = clock - (clock - knot.clock) * kept;
  }

  /** Picks since the touch that was `touches` ago. */
  picksSince(touches: number): number {
    const { clock, picks } = this.#now;
    return picks - this.#picksAt(clock - touches);
  }

  /** The pages of the last `touches`, picked `more` times from now on. */
  recent(touches: number, more: number): Tally {
    const { clock, picks } = this.#now;
    return this.#tally(clock - touches, clock, picks + more, 0);
  }

  /** Of a loop of `round` pages, the next `touches` that the scan comes to: picked `perTouch` times for each touch until then. */
  ahead(round: number, touches: number, perTouch: number): Tally {
    const { clock, picks } = this.#now;
    return this.#tally(clock - round, clock - round + touches, picks, perTouch);
  }

  #picksAt(clock: number): number {
    let before = this.#knots[0] as Knot;
    for (const knot of this.#knots) {
      if (knot.clock > clock) return before.picks + (knot.picks - before.picks) * share(clock, before.clock, knot.clock);
      before = knot;
    }
    return before.picks;
  }

  /** Of the pages touched at clocks from..to: picked h = base + perTouch (clock - from) - picks(clock) times. */
  #tally(from: number, to: number, base: number, perTouch: number): Tally {
    const tally = { left: 0, last: 0 };
    let [at, picks] = [from, this.#picksAt(from)];
    const piece = (until: number, picksUntil: number): void => {
      if (until > at) this.#add(tally, until - at, base + perTouch * (at - from) - picks, base + perTouch * (until - from) - picksUntil);
      [at, picks] = [until, picksUntil];
    };
    for (const knot of this.#knots) if (knot.clock >= from && knot.clock <= to) piece(knot.clock, knot.picks);
    piece(to, this.#picksAt(to));
    return tally;
  }

  /** `length` pages, picked `older` times at one end and `younger` times at the other. */
  #add(tally: { left: number; last: number }, length: number, older: number, younger: number): void {
    if (Math.abs(older - younger) < STRAIGHT) {
      const { left, last } = survivalOf(Math.max(0, older), this.#lives);
      tally.left += length * left;
      tally.last += length * last;
      return;
    }
    const [far, near] = [survivalOf(Math.max(0, older), this.#lives), survivalOf(Math.max(0, younger), this.#lives)];
    tally.left += (length * (far.integral - near.integral)) / (older - younger);
    tally.last += (length * (near.left - far.left)) / (older - younger);
  }

  digest(hasher: Hasher): void {
    for (const { clock, picks } of this.#knots) {
      hasher.number(clock);
      hasher.number(picks);
    }
  }
}

function share(at: number, from: number, to: number): number {
  return to > from ? Math.max(0, at - from) / (to - from) : 0;
}
