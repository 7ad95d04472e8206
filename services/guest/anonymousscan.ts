/**
 * The way of reclaim's scan over the inactive anonymous list, segment by segment of the scan's round: a page that was used since it
 * was looked at last is active, one that was not is a victim (mm/vmscan.c, shrink_inactive_list()).
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { ActiveAnonymous } from "./activeanonymous.ts";
import type { Totals } from "./counters.ts";
import type { Residency } from "./residency.ts";
import type { ScanPlan, Yield } from "./scanbalance.ts";
import { ScanHand } from "./scanhand.ts";

/** Segments of the list that one reclaim goes over at most: three rounds. */
const SEGMENTS = 48;

/** Pages of the lists that a scan went over; of the inactive ones those that it made active, while all active ones became inactive. */
export interface Scanned {
  readonly inactive: number;
  readonly active: number;
  readonly activated: number;
}

export class AnonymousScan {
  readonly active = new ActiveAnonymous();
  readonly #list: Residency;
  readonly #totals: Totals;
  readonly #hand = new ScanHand();
  readonly #tried = new ScanHand();
  readonly #triedActive = new ActiveAnonymous();
  /** By segment of the last yield(), the share of its pages that is unused. */
  readonly #unused = new Float64Array(SEGMENTS);

  constructor(list: Residency, totals: Totals) {
    this.#list = list;
    this.#totals = totals;
  }

  get activePages(): number {
    return this.active.of(this.#list.residentPages);
  }

  get inactivePages(): number {
    return this.#list.residentPages - this.activePages;
  }

  /** What a scan by `plan` gets on its way to `pages`; of files `filePer` for each length of it. */
  yield(plan: ScanPlan, pages: number, filePer: number): Yield {
    const accesses = this.#totals.accesses;
    const [hand, active] = [this.#tried, this.#triedActive];
    hand.set(this.#hand);
    active.set(this.active);
    const way = { first: false, deactivate: plan.deactivateAnonymous };
    const resident = this.#list.residentPages;
    const found = { anonymous: 0, file: 0, extent: 0 };
    for (let segment = 0; segment < SEGMENTS && pages - found.anonymous - found.file >= 1; segment++) {
      this.#unused[segment] = plan.anonymous > 0 ? this.#list.unusedShare(hand.age(accesses)) : 0;
      const unused = this.#unused[segment] as number;
      const pace = plan.anonymous * this.#pace(unused);
      // What leaves the list thins out what the scan has passed; what comes from the active one adds to what it comes to.
      const anonymousPer = pace * Math.max(this.inactivePages, resident - active.of(resident)) * unused;
      const most = pace > 0 ? hand.left / pace : Number.POSITIVE_INFINITY;
      const wanted = (pages - found.anonymous - found.file) / (anonymousPer + filePer);
      const length = Math.min(wanted, most);
      if (!(length < Number.POSITIVE_INFINITY)) break;
      found.anonymous += anonymousPer * length;
      found.file += filePer * length;
      found.extent += length;
      if (pace === 0 || length < most) break;
      way.first = hand.first;
      active.scan(length * pace, 1 - unused, resident, way);
      hand.advance(length * pace, accesses);
    }
    return found;
  }

  /** The scan by `plan` went as far as `extent` of the last yield(). */
  advance(plan: ScanPlan, extent: number): Scanned {
    const scanned = { inactive: 0, active: 0, activated: 0 };
    let left = extent * plan.anonymous;
    const resident = this.#list.residentPages;
    const before = this.inactivePages;
    for (let segment = 0; segment < SEGMENTS && left > 1e-9; segment++) {
      const unused = this.#unused[segment] as number;
      const pace = this.#pace(unused);
      const share = Math.min(left * pace, this.#hand.left);
      const inactive = Math.max(before, this.inactivePages);
      const way = { first: this.#hand.first, deactivate: plan.deactivateAnonymous };
      const { activated, deactivated } = this.active.scan(share, 1 - unused, resident, way);
      this.#hand.advance(share, this.#totals.accesses);
      left -= share / pace;
      scanned.inactive += share * inactive;
      scanned.active += deactivated;
      scanned.activated += activated;
    }
    return scanned;
  }

  /** `pages` of a list that was whole were looked at for the second time: those that were used in between, `used`, are active. */
  lookedTwice(pages: number, used: number): void {
    this.active.activate(used);
    for (let left = pages / this.#list.residentPages; left > 1e-9; ) {
      const share = Math.min(left, this.#hand.left);
      this.#hand.advance(share, this.#totals.accesses);
      left -= share;
    }
  }

  restart(): void {
    this.#hand.restart();
  }

  /** How far a scan gets for each page it looks at: what must be written comes by once more when it is clean. */
  #pace(unused: number): number {
    const { residentPages, markedPages } = this.#list;
    return residentPages > 0 ? 1 / (1 + unused * Math.max(0, 1 - markedPages / residentPages)) : 1;
  }

  digest(hasher: Hasher): void {
    this.active.digest(hasher);
    this.#hand.digest(hasher);
  }
}
