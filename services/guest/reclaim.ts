/**
 * Page reclaim: how much the guest's kernel can free now, how that is split between anonymous memory and file cache, and
 * what it costs (mm/vmscan.c).
 *
 * Clean cache is dropped for nothing; dirty cache and anonymous pages without a clean swap slot are written first, and the
 * disk's grant bounds how many. Other dirty cache is left to the flusher, and clean pages go in its place (shrink_page_list()).
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Watermarks } from "../../lib/scenario/watermarks.ts";
import { Capacity, type Split } from "./capacity.ts";
import type { Totals } from "./counters.ts";
import { Effort } from "./effort.ts";
import { Follower } from "./follower.ts";
import { Lists } from "./lists.ts";
import { ANONYMOUS, CACHE, type Memory } from "./memory.ts";
import type { Processor } from "./processor.ts";
import type { ReadAhead } from "./readahead.ts";
import type { Residency } from "./residency.ts";
import type { ScanPlan, Yield } from "./scanbalance.ts";
import { SwapCache } from "./swapcache.ts";
import { WriteBudget } from "./writebudget.ts";

/** Below this many pages reclaim counts as without progress: SWAP_CLUSTER_MAX. */
export const CLUSTER_PAGES = 32;

export class Reclaim {
  readonly #memory: Memory;
  readonly #anonymous: Residency;
  readonly #file: Residency;
  readonly #marks: Watermarks;
  readonly #totals: Totals;
  readonly #swapPages: number;
  readonly lists: Lists;
  readonly #readAhead: ReadAhead;
  readonly effort: Effort;
  readonly capacity: Capacity;
  /** kswapd runs. */
  awake = false;
  readonly swapWrites = new WriteBudget();
  readonly fileWrites = new WriteBudget();
  readonly swapCache: SwapCache;
  readonly anonymousPages: Follower;
  readonly cachePages: Follower;

  constructor(
    memory: Memory,
    lists: { readonly anonymous: Residency; readonly file: Residency; readonly readAhead: ReadAhead },
    marks: Watermarks,
    totals: Totals,
    processor: Processor,
    limits: { readonly swappiness: number; readonly swapPages: number },
  ) {
    this.#memory = memory;
    this.#anonymous = lists.anonymous;
    this.#file = lists.file;
    this.#marks = marks;
    this.#totals = totals;
    this.#readAhead = lists.readAhead;
    this.swapCache = new SwapCache(lists.anonymous, this.swapWrites);
    this.effort = new Effort(processor, lists.anonymous, lists.file, this.swapCache);
    this.capacity = new Capacity(lists, this.swapWrites, this.fileWrites, this.swapCache, this.effort, limits.swapPages);
    this.#swapPages = limits.swapPages;
    this.lists = new Lists(lists.anonymous, lists.file, totals, { ...limits, burstPages: marks.highPages - marks.lowPages });
    this.anonymousPages = new Follower(memory, ANONYMOUS, lists.anonymous, totals);
    this.cachePages = new Follower(memory, CACHE, lists.file, totals);
  }

  /** A page that is swapped in keeps its slot while swap is less than half full: vm_swap_full(). */
  get keepsSlots(): boolean {
    return 2 * (this.#anonymous.missingPages + this.#anonymous.markedPages) < this.#swapPages;
  }

  /** Pages that could be reclaimed if the disk took every write; without any only the OOM killer is left. */
  get potentialPages(): number {
    return this.capacity.swappablePages + this.#file.residentPages;
  }

  /** Of `wanted` pages those that can be reclaimed within this step's writes, and the CPU time that the scan for them takes. */
  capacityPages(wanted: number): number {
    const pages = Math.min(wanted, this.capacity.anonymousPages + this.capacity.filePages);
    return this.effort.limited && pages > 0 ? this.capacity.within(pages, this.split(pages, true, false)) : pages;
  }

  /** Clean cache, unless it is all but gone. */
  get droppablePages(): number {
    const pages = this.#file.residentPages;
    const clean = pages * (1 - this.capacity.fileWriteShare);
    return clean < 1 || pages + this.#memory.freePages <= this.#marks.highPages ? 0 : clean;
  }

  /**
   * Who still misses `pages` unmaps more of them, as far as its CPU time goes, and sends those to the device that must be written.
   * Where CPU time is not counted it keeps to what the device takes.
   */
  unmap(pages: number): void {
    const { effort, capacity } = this;
    if (!effort.limited) return;
    const share = capacity.anonymousWriteShare;
    const most = Math.min(this.split(pages, false, false).anonymous, effort.affordablePages(share));
    const sent = this.swapCache.queue(most * share);
    this.#totals.swapOutPages += sent;
    if (sent > 0) effort.spend((sent / share) * effort.pageNs(share));
  }

  /** Who reclaims now looks at the pages of a list that was whole, as far as its CPU time goes. */
  look(): void {
    this.lists.lookedTwice(this.effort.look(this.#totals.accesses), this.effort.usedShare);
  }

  /** Splits `pages` to reclaim; `bounded` by this step's writes, else by what is there; `ahead`: in the step that begins. */
  split(pages: number, bounded: boolean, ahead: boolean): Split {
    return this.#shared(pages, bounded, this.lists.yield(this.#plan(ahead), pages, 1 - this.capacity.fileWriteShare));
  }

  #shared(pages: number, bounded: boolean, { anonymous, file }: Yield): Split {
    const anonymousMost = bounded ? this.capacity.anonymousPages : this.capacity.swappablePages;
    const fileMost = bounded ? this.capacity.filePages : this.#file.residentPages;
    const wanted = Math.min(pages, anonymousMost + fileMost);
    const share = anonymous > 0 ? anonymous / (anonymous + file) : 0;
    // What the disk does not take now is left for the next try: the other kind does not make up for it.
    return {
      anonymous: Math.min(anonymousMost, Math.max(wanted - fileMost, wanted * share)),
      file: Math.min(fileMost, Math.max(wanted - this.capacity.swappablePages, wanted * (1 - share))),
    };
  }

  #plan(ahead: boolean): ScanPlan {
    const { freePages } = this.#memory;
    return this.lists.plan({ freePages, highPages: this.#marks.highPages, swap: this.capacity.swappablePages > 0 }, ahead);
  }

  /** Evicts `pages`, beside what balances the misses that came in while memory was full. The account follows. */
  evict(pages: number, missesAnonymous: number, missesFile: number): void {
    const { anonymous, file } = pages > 0 ? this.#scan(pages) : { anonymous: 0, file: 0 };
    if (this.effort.limited) this.effort.spend(this.capacity.costNs({ anonymous, file }));
    if (anonymous > 0 || missesAnonymous > 0) this.#shrinkAnonymous(anonymous, missesAnonymous);
    if (file > 0 || missesFile > 0) this.#shrinkFile(file, missesFile);
    if (anonymous + file > 0) this.#memory.perCpu.drain();
  }

  #scan(pages: number): Split {
    const plan = this.#plan(false);
    const found = this.lists.yield(plan, pages, 1 - this.capacity.fileWriteShare);
    const split = this.#shared(pages, true, found);
    const taken = (split.anonymous + split.file) / Math.max(found.anonymous + found.file, Number.MIN_VALUE);
    this.swapCache.evict(split.anonymous, this.lists.scanned(plan, found.extent * Math.min(1, taken), split.anonymous), this.lists);
    return split;
  }

  /** kswapd goes to sleep. */
  sleep(): void {
    this.awake = false;
    this.lists.rest();
  }

  #shrinkAnonymous(pages: number, misses: number): void {
    const list = this.#anonymous;
    const { missingPages } = list;
    list.settle(list.residentPages + misses - pages);
    const unclean = Math.max(0, list.evicted - list.evictedMarked);
    const written = unclean - this.swapCache.free(unclean);
    this.swapWrites.spend(written);
    this.#totals.swapOutPages += written;
    this.lists.noteAnonymousEvicted(pages, written);
    this.#readAhead.forget(list.evicted, missingPages, list.missingPages);
    this.effort.evicted(pages, this.lists.activeAnonymousPages, this.#totals.accesses);
    this.anonymousPages.follow(misses, list.evictedOut - list.evictedOutMarked, list.evictedOutMarked);
    // Slots of resident pages are given up when swap is full.
    list.unmark(Math.max(0, list.missingPages + list.markedPages - this.#swapPages));
  }

  #shrinkFile(pages: number, misses: number): void {
    const list = this.#file;
    list.settle(list.residentPages + misses - pages);
    const written = Math.min(list.evictedMarked, this.fileWrites.writablePages);
    list.unmark(Math.min(0, written - list.evictedMarked));
    this.fileWrites.spend(written);
    this.#totals.fileWritePages += written;
    this.lists.noteFileEvicted(pages, written);
    this.cachePages.follow(misses, list.evictedOutMarked, list.evictedOut - list.evictedOutMarked);
  }

  /** Writes back up to `pages` dirty ones; returns how many. */
  writeBack(pages: number): number {
    const written = Math.min(pages, this.fileWrites.writablePages, this.#file.markedPages);
    this.fileWrites.spend(written);
    this.#totals.fileWritePages += written;
    this.#file.unmark(written);
    this.cachePages.noteDirty();
    return written;
  }

  digest(hasher: Hasher): void {
    hasher.word(this.awake ? 1 : 0);
    hasher.number(this.swapWrites.balance);
    hasher.number(this.fileWrites.balance);
    this.swapCache.digest(hasher);
    this.lists.digest(hasher);
  }
}
