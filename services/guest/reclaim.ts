/**
 * Page reclaim: how much the guest's kernel can free now, how that is split between anonymous memory and file cache, and
 * what it costs (mm/vmscan.c; policies.md section 9).
 *
 * Clean cache is dropped for nothing; dirty cache and anonymous pages without a clean swap slot are written first, and the
 * disk's grant bounds how many.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { Carry, type Totals } from "./counters.ts";
import { ANONYMOUS, CACHE, type Kind, type Memory } from "./memory.ts";
import type { Residency } from "./residency.ts";
import type { Watermarks } from "./watermarks.ts";

/** What one I/O weighs against one rotated page: SWAP_CLUSTER_MAX, lru_note_cost(). */
const IO_COST = 32;
/** Below this many pages reclaim counts as without progress: SWAP_CLUSTER_MAX. */
export const CLUSTER_PAGES = 32;

/** How far a step may write beyond what it asked for. */
const OVERDRAFT_PAGES = 64;
const OVERDRAFT_SHARE = 0.25;

export interface Split {
  readonly anonymous: number;
  readonly file: number;
}

interface Following {
  readonly gross: Carry;
  readonly reread: Carry;
  readonly stale: Carry;
}

export class Reclaim {
  readonly #memory: Memory;
  readonly #anonymous: Residency;
  readonly #file: Residency;
  readonly #marks: Watermarks;
  readonly #totals: Totals;
  readonly #swappiness: number;
  readonly #swapPages: number;
  /** kswapd runs. */
  awake = false;
  /** Pages that may still be written in this step. */
  #swapBudget = 0;
  #fileBudget = 0;
  #swapOverdraft = 0;
  #fileOverdraft = 0;
  #anonymousCost = 0;
  #fileCost = 0;
  /** File pages read again after they had been dropped, since the last reclaim. */
  #fileRefaults = 0;
  readonly #following: Readonly<Record<1 | 2, Following>> = { [ANONYMOUS]: carries(), [CACHE]: carries() };

  constructor(
    memory: Memory,
    anonymous: Residency,
    file: Residency,
    marks: Watermarks,
    totals: Totals,
    limits: { swappiness: number; swapPages: number },
  ) {
    this.#memory = memory;
    this.#anonymous = anonymous;
    this.#file = file;
    this.#marks = marks;
    this.#totals = totals;
    this.#swappiness = limits.swappiness;
    this.#swapPages = limits.swapPages;
  }

  /**
   * What the disk lets this guest write in the step that is committed. `all`: it carried all that was asked for, and so
   * would have carried somewhat more; what is overdrawn is asked for in the next step.
   */
  fund(swapPages: number, filePages: number, all: boolean): void {
    this.#swapBudget = Math.min(0, this.#swapBudget) + swapPages;
    this.#fileBudget = Math.min(0, this.#fileBudget) + filePages;
    this.#swapOverdraft = all ? OVERDRAFT_PAGES + swapPages * OVERDRAFT_SHARE : 0;
    this.#fileOverdraft = all ? OVERDRAFT_PAGES + filePages * OVERDRAFT_SHARE : 0;
  }

  /** Pages written beyond the last grant. */
  get owedSwapPages(): number {
    return Math.max(0, -this.#swapBudget);
  }

  get owedFilePages(): number {
    return Math.max(0, -this.#fileBudget);
  }

  get #swapWritable(): number {
    return Math.max(0, this.#swapBudget + this.#swapOverdraft);
  }

  get #fileWritable(): number {
    return Math.max(0, this.#fileBudget + this.#fileOverdraft);
  }

  /** Share of anonymous pages whose eviction costs a write; of file pages. */
  get anonymousWriteShare(): number {
    const resident = this.#anonymous.residentPages;
    return resident > 0 ? Math.max(0, 1 - this.#anonymous.markedPages / resident) : 1;
  }

  get fileWriteShare(): number {
    const resident = this.#file.residentPages;
    return resident > 0 ? Math.min(1, this.#file.markedPages / resident) : 0;
  }

  /** A page that is swapped in keeps its slot while swap is less than half full: vm_swap_full(). */
  get keepsSlots(): boolean {
    return 2 * (this.#anonymous.missingPages + this.#anonymous.markedPages) < this.#swapPages;
  }

  /** Pages that could be reclaimed if the disk took every write: 0 means that only the OOM killer is left. */
  get potentialPages(): number {
    return this.#swappable() + this.#file.residentPages;
  }

  /** Pages that can be reclaimed within this step's writes. */
  get capacityPages(): number {
    return this.#anonymousCapacity() + this.#fileCapacity();
  }

  #swappable(): number {
    return Math.max(0, Math.min(this.#anonymous.residentPages, this.#swapPages - this.#anonymous.missingPages));
  }

  #anonymousCapacity(): number {
    const share = this.anonymousWriteShare;
    const writable = share > 0 ? this.#swapWritable / share : Number.POSITIVE_INFINITY;
    return Math.min(this.#swappable(), writable);
  }

  #fileCapacity(): number {
    const resident = this.#file.residentPages;
    const dirty = resident * this.fileWriteShare;
    return resident - dirty + Math.min(dirty, this.#fileWritable);
  }

  /** Splits `pages` to reclaim as get_scan_count() does; `bounded` by this step's writes, else by what is there. */
  split(pages: number, bounded: boolean): Split {
    const anonymousMost = bounded ? this.#anonymousCapacity() : this.#swappable();
    const fileMost = bounded ? this.#fileCapacity() : this.#file.residentPages;
    const wanted = Math.min(pages, anonymousMost + fileMost);
    const anonymous = Math.min(anonymousMost, Math.max(wanted - fileMost, wanted * this.#anonymousShare()));
    return { anonymous, file: wanted - anonymous };
  }

  #anonymousShare(): number {
    const file = this.#file.residentPages;
    const anonymous = this.#anonymous.residentPages;
    if (anonymous === 0) return 0;
    if (file + this.#memory.freePages <= this.#marks.highPages) return 1;
    // cache_trim_mode: cache that nobody has asked for again goes first.
    if (this.#swappiness === 0 || this.#fileRefaults < 1) return 0;
    const total = this.#anonymousCost + this.#fileCost;
    const sum = 3 * total;
    const anonymousWeight = (this.#swappiness * (sum + 1)) / (total + this.#anonymousCost + 1);
    const fileWeight = ((200 - this.#swappiness) * (sum + 1)) / (total + this.#fileCost + 1);
    return (anonymousWeight * anonymous) / (anonymousWeight * anonymous + fileWeight * file);
  }

  /**
   * Evicts `pages`, beside what balances the misses that came in while memory was full. The account follows.
   * Returns the pages evicted.
   */
  evict(pages: number, missesAnonymous: number, missesFile: number): number {
    const split = this.split(pages, true);
    const anonymous = this.#shrink(ANONYMOUS, this.#anonymous, split.anonymous, missesAnonymous);
    const file = this.#shrink(CACHE, this.#file, split.file, missesFile);
    if (split.file > 0) this.#fileRefaults = 0;
    return anonymous + file;
  }

  /** Drops clean cache for an allocation that does not wait for writes; returns the pages freed. */
  drop(pages: number): number {
    if (this.#file.residentPages + this.#memory.freePages <= this.#marks.highPages) return 0;
    return this.#shrink(CACHE, this.#file, Math.min(pages, this.#file.residentPages * (1 - this.fileWriteShare)), 0);
  }

  #shrink(kind: 1 | 2, residency: Residency, pages: number, misses: number): number {
    if (pages <= 0 && misses <= 0) return 0;
    residency.settle(residency.residentPages + misses - pages);
    const { evicted, evictedMarked, evictedOut, evictedOutMarked } = residency;
    const carried = this.#following[kind];
    if (kind === ANONYMOUS) {
      const written = Math.max(0, evicted - evictedMarked);
      this.#swapBudget -= written;
      this.#totals.swapOutPages += written;
      this.#anonymousCost += IO_COST * written;
      this.#follow(kind, residency, misses, carried.reread.take(evictedOut - evictedOutMarked), carried.stale.take(evictedOutMarked));
      this.#dropSlots();
    } else {
      this.#fileBudget -= evictedMarked;
      this.#totals.fileWritePages += evictedMarked;
      this.#fileCost += IO_COST * evictedMarked;
      this.#follow(kind, residency, misses, carried.reread.take(evictedOutMarked), carried.stale.take(evictedOut - evictedOutMarked));
    }
    return evicted;
  }

  /** Slots of resident pages are given up when swap is full. */
  #dropSlots(): void {
    const over = this.#anonymous.missingPages + this.#anonymous.markedPages - this.#swapPages;
    if (over > 0) this.#anonymous.unmark(over);
  }

  /** Brings the account to the list after `misses` came in without eviction, or pages were freed, `stale` of them swapped out. */
  follow(kind: 1 | 2, misses: number, stale = 0): void {
    this.#follow(kind, kind === ANONYMOUS ? this.#anonymous : this.#file, misses, 0, stale);
  }

  /**
   * The account's whole pages follow the list: `reread` of the evicted were read from the host's swap to be written to
   * the guest's (double paging), `stale` were dropped there.
   */
  #follow(kind: 1 | 2, residency: Residency, misses: number, reread: number, stale: number): void {
    const memory = this.#memory;
    const want = Math.round(residency.residentPages);
    const have = memory.used(kind as Kind);
    const gross = Math.min(want, Math.max(this.#following[kind].gross.take(misses), want - have, 0));
    this.#totals.hostSwapInPages += memory.readBack(kind, reread);
    memory.give(kind, have + gross - want, stale);
    memory.take(kind, gross);
    if (Math.abs(residency.outPages - memory.out(kind)) > 1) residency.fitOut(memory.out(kind));
    if (kind === CACHE) memory.dirtyPages = Math.min(memory.used(CACHE), Math.round(residency.markedPages));
  }

  /** Counts pages read again after their eviction: they weigh on what is evicted next, and old costs fade. */
  noteRefaults(anonymous: number, file: number): void {
    this.#anonymousCost += IO_COST * anonymous;
    this.#fileCost += IO_COST * file;
    this.#fileRefaults += file;
    const limit = (this.#anonymous.residentPages + this.#file.residentPages) / 4;
    if (this.#anonymousCost + this.#fileCost <= limit) return;
    this.#anonymousCost /= 2;
    this.#fileCost /= 2;
  }

  /** Writes back up to `pages` dirty ones. */
  writeBack(pages: number): void {
    const written = Math.min(pages, this.#fileWritable, this.#file.markedPages);
    if (written > 0) {
      this.#fileBudget -= written;
      this.#totals.fileWritePages += written;
      this.#file.unmark(written);
    }
    this.#memory.dirtyPages = Math.min(this.#memory.used(CACHE), Math.round(this.#file.markedPages));
  }

  digest(hasher: Hasher): void {
    hasher.word(this.awake ? 1 : 0);
    hasher.number(this.#swapBudget);
    hasher.number(this.#fileBudget);
    hasher.number(this.#anonymousCost);
    hasher.number(this.#fileCost);
    hasher.number(this.#fileRefaults);
  }
}

function carries(): Following {
  return { gross: new Carry(), reread: new Carry(), stale: new Carry() };
}
