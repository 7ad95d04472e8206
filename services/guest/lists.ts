/**
 * The kernel's four lists of pages, active and inactive ones of each kind, as far as reclaim's scan depends on them: sizes, and
 * what of the scanned pages is spared (mm/vmscan.c). Which pages of a kind go is the residency's business.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { AnonymousScan, type Scanned } from "./anonymousscan.ts";
import type { Totals } from "./counters.ts";
import { Nonresident } from "./nonresident.ts";
import type { Residency } from "./residency.ts";
import { type ListSizes, ScanBalance, type ScanPlan, type Yield } from "./scanbalance.ts";
import { WasActive } from "./wasactive.ts";

/** Shares of pages that came in again which belong to the working set as the kernel sees it: waiting for them is a memory stall. */
export interface Restored {
  readonly anonymous: number;
  readonly file: number;
}

/** What the kernel is set to. */
export interface ReclaimSettings {
  /** vm.swappiness, 0 to 200. */
  readonly swappiness: number;
  /** Pages that kswapd evicts at once: from the low watermark to the high one. */
  readonly burstPages: number;
}

/**
 * Anonymous pages of programs that only wait. The first scan finds them unused and writes them, and until pages of the working set come in
 * again this is all that the costs tell. Each of 19 measured guests with swap wrote 27 (pswpout).
 */
const IDLE_PAGES = 27;

export class Lists {
  readonly #anonymous: Residency;
  readonly #file: Residency;
  readonly #totals: Totals;
  readonly #balance: ScanBalance;
  readonly #nonresident: Nonresident;
  readonly #wasActiveAnonymous = new WasActive();
  readonly #wasActiveFile = new WasActive();
  readonly #scan: AnonymousScan;
  /** Accesses up to the last note. */
  #notedAt = 0;
  /** Pages that came in again and were activated since the last reclaim. */
  #anonymousReturned = 0;
  #fileReturned = 0;
  /** Share of the anonymous pages that come in again near enough to be activated. */
  anonymousActivation = 1;
  #fileActivation = 1;

  constructor(anonymous: Residency, file: Residency, totals: Totals, { swappiness, burstPages }: ReclaimSettings) {
    this.#anonymous = anonymous;
    this.#file = file;
    this.#totals = totals;
    this.#scan = new AnonymousScan(anonymous, totals);
    this.#balance = new ScanBalance(swappiness);
    this.#balance.noteCost(IDLE_PAGES, 0, Number.POSITIVE_INFINITY);
    this.#nonresident = new Nonresident(burstPages);
  }

  get activeAnonymousPages(): number {
    return this.#scan.activePages;
  }

  get inactiveAnonymousPages(): number {
    return this.#scan.inactivePages;
  }

  get activeFilePages(): number {
    let sum = 0;
    for (const region of this.#file.regions) sum += region.active.pages;
    return Math.min(sum, this.#file.residentPages);
  }

  /** The program has freed anonymous memory, active pages like the others; `kept`: share of it that is left. */
  freed(kept: number): void {
    this.#scan.active.keep(kept);
    this.#wasActiveAnonymous.keep(kept);
    if (kept === 0) this.#scan.restart();
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
    this.#wasActiveFile.used(activated, this.#file.residentPages - activeFile + activated);
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
    return this.#scan.yield(plan, pages, plan.file * (this.#file.residentPages - this.activeFilePages) * fileShare);
  }

  /** The scan of a list that was whole has looked at `pages` for the second time: the share `used` of them was used in between. */
  lookedTwice(pages: number, used: number): void {
    if (pages === 0) return;
    const activated = pages * used;
    this.#scan.lookedTwice(pages, activated);
    this.#wasActiveAnonymous.met({ scanned: activated, evicted: 0, activated }, this.inactiveAnonymousPages);
    this.#nonresident.note(activated, this.#pages());
  }

  /**
   * The scan by `plan` went as far as `extent` of the last yield(), and `evicted` anonymous pages go. What it spared is active now, what
   * it took from the active is not.
   */
  scanned(plan: ScanPlan, extent: number, evicted: number): Scanned {
    const scanned = this.#scan.advance(plan, extent);
    this.#nonresident.note(scanned.activated, this.#pages());
    const inactive = this.inactiveAnonymousPages;
    this.#wasActiveAnonymous.met({ scanned: scanned.inactive, evicted, activated: scanned.activated }, inactive);
    this.#wasActiveAnonymous.deactivated(scanned.active, inactive);
    if (!plan.deactivateFile) return scanned;
    const share = Math.min(1, extent * plan.file);
    const { activeFilePages } = this;
    this.#wasActiveFile.deactivated(share * activeFilePages, this.#file.residentPages - activeFilePages);
    for (const region of this.#file.regions) region.active.keep(1 - share);
    return scanned;
  }

  /** kswapd has come to its end: what comes in again from now on tells its next run that active pages may be stale. */
  rest(): void {
    this.#anonymousReturned = 0;
    this.#fileReturned = 0;
  }

  /** Pages left memory, `written` of them to swap. */
  noteAnonymousEvicted(pages: number, written: number): void {
    this.#nonresident.evicted(pages, true, this.#pages());
    this.#balance.noteCost(written, 0, this.#pages());
  }

  /** Pages left memory, `written` of them to their file. */
  noteFileEvicted(pages: number, written: number): void {
    this.#nonresident.evicted(pages, false, this.#pages());
    this.#wasActiveFile.met({ scanned: pages, evicted: pages, activated: 0 }, this.#file.residentPages - this.activeFilePages);
    this.#balance.noteCost(0, written, this.#pages());
  }

  /** Pages came in again. Those that had been active, and are at once, weigh on their kind; returns their share of each (PG_workingset). */
  noteRefaults(anonymous: number, file: number, swap: boolean): Restored {
    const { accesses } = this.#totals;
    const activeAnonymous = this.activeAnonymousPages;
    const allAnonymous = this.#anonymous.residentPages;
    const allFile = this.#file.residentPages;
    const returned = { anonymous: anonymous * this.anonymousActivation, file: file * this.#fileActivation };
    this.#scan.active.add(returned.anonymous);
    this.#anonymousReturned += returned.anonymous;
    this.#fileReturned += returned.file;
    this.#nonresident.pass(accesses - this.#notedAt, this.#anonymous.missingPages + this.#file.missingPages > 0);
    this.#nonresident.note(returned.anonymous + returned.file, this.#pages());
    this.#notedAt = accesses;
    const restoredAnonymous = this.#wasActiveAnonymous.returned(
      anonymous,
      this.#anonymous.missingPages + anonymous,
      this.anonymousActivation,
    );
    const restoredFile = this.#wasActiveFile.returned(file, this.#file.missingPages + file, this.#fileActivation);
    this.#balance.noteCost(restoredAnonymous, restoredFile, this.#pages());
    if (anonymous > 0) this.anonymousActivation = this.#nonresident.activation(this.#anonymous, allFile + (swap ? activeAnonymous : 0));
    if (file > 0) {
      this.#fileActivation = this.#nonresident.activation(this.#file, this.activeFilePages + (swap ? allAnonymous : 0));
      for (const region of this.#file.regions) region.active.activation = this.#fileActivation;
    }
    return { anonymous: anonymous > 0 ? restoredAnonymous / anonymous : 0, file: file > 0 ? restoredFile / file : 0 };
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#notedAt);
    hasher.number(this.#anonymousReturned);
    hasher.number(this.#fileReturned);
    this.#nonresident.digest(hasher);
    this.#wasActiveAnonymous.digest(hasher);
    this.#wasActiveFile.digest(hasher);
    this.#scan.digest(hasher);
    this.#balance.digest(hasher);
  }
}
