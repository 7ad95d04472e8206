/**
 * The kernel's four lists of pages, active and inactive ones of each kind, as far as reclaim's scan depends on them: sizes, and
 * what of the scanned pages is spared (mm/vmscan.c). Which pages of a kind go is the residency's business.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { ActiveAnonymous } from "./activeanonymous.ts";
import type { Totals } from "./counters.ts";
import { Nonresident } from "./nonresident.ts";
import type { Residency } from "./residency.ts";
import { type ListSizes, ScanBalance, type ScanPlan, type Yield } from "./scanbalance.ts";
import { ScanHand } from "./scanhand.ts";
import { WasActive } from "./wasactive.ts";

/** Segments of the inactive anonymous list that one reclaim goes over at most: three rounds. */
const SEGMENTS = 48;

export class Lists {
  readonly #anonymous: Residency;
  readonly #file: Residency;
  readonly #totals: Totals;
  readonly #balance: ScanBalance;
  readonly #nonresident = new Nonresident();
  readonly #wasActiveAnonymous = new WasActive();
  readonly #wasActiveFile = new WasActive();
  readonly #hand = new ScanHand();
  readonly #tried = new ScanHand();
  /** By segment of the last yield(), the share of its pages that is unused. */
  readonly #unused = new Float64Array(SEGMENTS);
  readonly #activeAnonymous = new ActiveAnonymous();
  /** Accesses up to the last note. */
  #notedAt = 0;
  /** Pages that came in again and were activated since the last reclaim. */
  #anonymousReturned = 0;
  #fileReturned = 0;
  /** Share of the anonymous pages that come in again near enough to be activated. */
  anonymousActivation = 1;
  #fileActivation = 1;

  constructor(anonymous: Residency, file: Residency, totals: Totals, swappiness: number) {
    this.#anonymous = anonymous;
    this.#file = file;
    this.#totals = totals;
    this.#balance = new ScanBalance(swappiness);
  }

  get activeAnonymousPages(): number {
    return this.#activeAnonymous.of(this.#anonymous.residentPages);
  }

  get activeFilePages(): number {
    let sum = 0;
    for (const region of this.#file.regions) sum += region.active.pages;
    return Math.min(sum, this.#file.residentPages);
  }

  /** The program has freed anonymous memory, active pages like the others; `kept`: share of it that is left. */
  freed(kept: number): void {
    this.#activeAnonymous.keep(kept);
    this.#wasActiveAnonymous.keep(kept);
    if (kept === 0) this.#hand.restart();
  }

  #pages(): number {
    return this.#anonymous.residentPages + this.#file.residentPages;
  }

  /** The plan of a scan that begins now, or, `ahead`, within the next step. */
  plan({ freePages, highPages, swap }: Pick<ListSizes, "freePages" | "highPages" | "swap">, ahead: boolean): ScanPlan {
    let activated = 0;
    for (const region of this.#file.regions) activated += region.active.settle(region);
    this.#nonresident.note(activated, this.#pages());
    const activeAnonymous = this.activeAnonymousPages;
    const activeFile = this.activeFilePages;
    this.#wasActiveFile.activated(activated, this.#file.residentPages - activeFile + activated);
    return this.#balance.plan({
      freePages,
      highPages,
      swap,
      activeAnonymous,
      activeFile,
      inactiveAnonymous: this.#anonymous.residentPages - activeAnonymous,
      inactiveFile: this.#file.residentPages - activeFile,
      anonymousReturned: this.#anonymousReturned >= 1 || (ahead && this.anonymousActivation * this.#anonymous.missRate > 0),
      fileReturned: this.#fileReturned >= 1 || (ahead && this.#fileActivation * this.#file.missRate > 0),
    });
  }

  /** What a scan by `plan` gets on its way to `pages`. `fileShare`: share of the scanned file pages that can be reclaimed. */
  yield(plan: ScanPlan, pages: number, fileShare: number): Yield {
    const accesses = this.#totals.accesses;
    const inactiveAnonymous = this.#anonymous.residentPages - this.activeAnonymousPages;
    const inactiveFile = this.#file.residentPages - this.activeFilePages;
    const filePer = plan.file * inactiveFile * fileShare;
    const hand = this.#tried;
    hand.set(this.#hand);
    const found = { anonymous: 0, file: 0, extent: 0 };
    for (let segment = 0; segment < SEGMENTS && pages - found.anonymous - found.file >= 1; segment++) {
      this.#unused[segment] = plan.anonymous > 0 ? this.#anonymous.unusedShare(hand.age(accesses)) : 0;
      const unused = this.#unused[segment] as number;
      const pace = plan.anonymous * this.#pace(unused);
      const anonymousPer = pace * inactiveAnonymous * unused;
      const most = pace > 0 ? hand.left / pace : Number.POSITIVE_INFINITY;
      const wanted = (pages - found.anonymous - found.file) / (anonymousPer + filePer);
      const length = Math.min(wanted, most);
      if (!(length < Number.POSITIVE_INFINITY)) break;
      found.anonymous += anonymousPer * length;
      found.file += filePer * length;
      found.extent += length;
      if (pace > 0) hand.advance(length * pace, accesses);
    }
    return found;
  }

  /** How far a scan gets for each page it looks at: what must be written comes by once more when it is clean. */
  #pace(unused: number): number {
    const { residentPages, markedPages } = this.#anonymous;
    return residentPages > 0 ? 1 / (1 + unused * Math.max(0, 1 - markedPages / residentPages)) : 1;
  }

  /** The scan by `plan` went as far as `extent` of the last yield(). What it spared is active now, what it took from the active is not. */
  scanned(plan: ScanPlan, extent: number): void {
    let left = extent * plan.anonymous;
    for (let segment = 0; segment < SEGMENTS && left > 1e-9; segment++) {
      const unused = this.#unused[segment] as number;
      const pace = this.#pace(unused);
      const share = Math.min(left * pace, this.#hand.left);
      const resident = this.#anonymous.residentPages;
      const inactive = resident - this.activeAnonymousPages;
      const way = { first: this.#hand.first, deactivate: plan.deactivateAnonymous };
      const { activated, deactivated } = this.#activeAnonymous.scan(share, 1 - unused, resident, way);
      this.#nonresident.note(activated, this.#pages());
      this.#wasActiveAnonymous.activated(activated, inactive);
      this.#wasActiveAnonymous.deactivated(deactivated);
      this.#hand.advance(share, this.#totals.accesses);
      left -= share / pace;
    }
    if (!plan.deactivateFile) return;
    const share = Math.min(1, extent * plan.file);
    this.#wasActiveFile.deactivated(share * this.activeFilePages);
    for (const region of this.#file.regions) region.active.keep(1 - share);
  }

  /** kswapd has come to its end: what comes in again from now on tells its next run that active pages may be stale. */
  rest(): void {
    this.#anonymousReturned = 0;
    this.#fileReturned = 0;
  }

  /** Pages left memory, `written` of them to swap. */
  noteAnonymousEvicted(pages: number, written: number): void {
    this.#nonresident.evicted(pages, true, this.#pages());
    this.#wasActiveAnonymous.evicted(pages, this.#anonymous.residentPages - this.activeAnonymousPages + pages);
    this.#balance.noteCost(written, 0, this.#pages());
  }

  /** Pages left memory, `written` of them to their file. */
  noteFileEvicted(pages: number, written: number): void {
    this.#nonresident.evicted(pages, false, this.#pages());
    this.#wasActiveFile.evicted(pages, this.#file.residentPages - this.activeFilePages + pages);
    this.#balance.noteCost(0, written, this.#pages());
  }

  /** Pages came in again. Those that had been active weigh on their kind. */
  noteRefaults(anonymous: number, file: number, swap: boolean): void {
    const { accesses } = this.#totals;
    const activeAnonymous = this.activeAnonymousPages;
    const allAnonymous = this.#anonymous.residentPages;
    const allFile = this.#file.residentPages;
    const returned = { anonymous: anonymous * this.anonymousActivation, file: file * this.#fileActivation };
    this.#activeAnonymous.add(returned.anonymous);
    this.#anonymousReturned += returned.anonymous;
    this.#fileReturned += returned.file;
    this.#nonresident.pass(accesses - this.#notedAt, this.#anonymous.missingPages + this.#file.missingPages > 0);
    this.#nonresident.note(returned.anonymous + returned.file, this.#pages());
    this.#notedAt = accesses;
    this.#balance.noteCost(
      this.#wasActiveAnonymous.returned(anonymous, this.#anonymous.missingPages + anonymous, this.anonymousActivation),
      this.#wasActiveFile.returned(file, this.#file.missingPages + file, this.#fileActivation),
      this.#pages(),
    );
    if (anonymous > 0) this.anonymousActivation = this.#nonresident.activation(this.#anonymous, allFile + (swap ? activeAnonymous : 0));
    if (file > 0) {
      this.#fileActivation = this.#nonresident.activation(this.#file, this.activeFilePages + (swap ? allAnonymous : 0));
      for (const region of this.#file.regions) region.active.activation = this.#fileActivation;
    }
  }

  digest(hasher: Hasher): void {
    this.#activeAnonymous.digest(hasher);
    hasher.number(this.#notedAt);
    hasher.number(this.#anonymousReturned);
    hasher.number(this.#fileReturned);
    this.#nonresident.digest(hasher);
    this.#wasActiveAnonymous.digest(hasher);
    this.#wasActiveFile.digest(hasher);
    this.#hand.digest(hasher);
    this.#balance.digest(hasher);
  }
}
