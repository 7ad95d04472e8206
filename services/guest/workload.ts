/**
 * The program in the guest: threads that think, touch pages and wait for the faults, over regions of memory and files
 * (docs/model.md section 2). Its phases change it in mid-run.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { GuestConfig, PhaseConfig, RegionConfig } from "../../lib/scenario/scenario.ts";
import { ReadAhead } from "./readahead.ts";
import { Region } from "./region.ts";
import { Residency } from "./residency.ts";
import { Threads } from "./threads.ts";
import { FILE_READ_AHEAD_PAGES, Unpressed } from "./unpressed.ts";

export class Workload {
  thinkNs: number;
  touches: number;
  readonly pools: Threads;
  readonly regions: readonly Region[];
  readonly anonymous: Residency;
  readonly file: Residency;
  /** False before the boot is over and after an OOM kill. */
  running = false;
  readonly readAhead: ReadAhead;
  /** Pages of swap read-ahead for each missed one of those that are touched at random, at present. */
  aheadPerMiss = 0;
  readonly #unpressed: Unpressed;
  readonly #swapReadPages: number;

  constructor(config: GuestConfig) {
    const { workload } = config;
    this.thinkNs = workload.thinkNs;
    this.touches = workload.touches;
    this.readAhead = new ReadAhead(config.pageCluster);
    const { anonymous, file } = config.replacement;
    this.regions = workload.regions.map((region) => new Region(region, region.kind === "anonymous" ? anonymous : file));
    const of = (kind: RegionConfig["kind"]): Region[] => this.regions.filter((region) => region.config.kind === kind);
    this.anonymous = new Residency(of("anonymous"), anonymous);
    this.file = new Residency(of("file"), file);
    this.#swapReadPages = 1 << config.pageCluster;
    this.#unpressed = new Unpressed(config.kernelPages, this.regions);
    this.pools = new Threads(workload, config.processor, this.regions, this);
  }

  /**
   * Reads for each page that is missed: those of a scan follow one another, so what a read brings beside is missed next.
   * A write covers a file's page whole, which is not read for it (fs/buffer.c, __block_write_begin_int()).
   */
  readsPerMiss(region: Region): number {
    if (region.anonymous) return region.scan ? 1 / this.#swapReadPages : 1;
    return (1 - region.writes) / (region.scan ? FILE_READ_AHEAD_PAGES : 1);
  }

  /** Pages that come in for each that is missed. */
  pagesPerMiss(region: Region): number {
    return region.anonymous && !region.scan ? 1 + this.aheadPerMiss : 1;
  }

  /** How much read-ahead brings from now on, while a touch of `flaggedPages` is a hit of it. */
  lookAhead(flaggedPages: number): void {
    this.aheadPerMiss = this.readAhead.perMiss(this.anonymous.missingPages, flaggedPages);
  }

  /** How many times over `accesses` replace the pages of the list that they replace the fastest. */
  turnovers(accesses: number): number {
    const of = ({ missRate, residentPages }: Residency): number => (missRate * accesses) / Math.max(1, residentPages);
    return Math.max((1 + this.aheadPerMiss) * of(this.anonymous), of(this.file));
  }

  get threads(): number {
    return this.pools.count;
  }

  /** Time of one touch without a fault. */
  get touchNs(): number {
    return this.pools.times.thinkNs;
  }

  /** Share of the accesses that goes to files. */
  get fileShare(): number {
    let share = 0;
    for (const region of this.file.regions) share += region.share;
    return share;
  }

  /** The region that grows now: a program touches its new memory in order. */
  get growing(): Region | undefined {
    if (!this.running) return undefined;
    for (const region of this.regions) if (region.growing) return region;
    return undefined;
  }

  get growthPages(): number {
    if (!this.running) return 0;
    return this.wantedPages - this.anonymous.touchedPages - this.file.touchedPages;
  }

  get wantedPages(): number {
    let sum = 0;
    for (const region of this.regions) sum += region.wantedPages;
    return sum;
  }

  /** Threads that do operations: one of them does the touching while the program grows. */
  get workingThreads(): number {
    if (!this.running) return 0;
    return this.growing === undefined ? this.threads : Math.max(0, this.threads - 1);
  }

  /** Operations within `lengthNs` of all threads, without a fault. */
  freeOperations(lengthNs: number): number {
    return (this.pools.unpressedPerNs / this.touches) * lengthNs;
  }

  /** Operations within the next `lengthNs` with all the memory that the kernel and the program ask for; `readNs` of a file. */
  unpressedOperations(lengthNs: number, readNs?: number): number {
    this.#unpressed.readNs = readNs ?? this.#unpressed.readNs;
    return this.freeOperations(this.#unpressed.operatingNs(lengthNs, this.threads));
  }

  /** Accesses write to a file: its pages become dirty all the time. */
  get dirties(): boolean {
    if (this.workingThreads === 0) return false;
    for (const region of this.file.regions) if (region.writes > 0 && region.share > 0 && region.touchedPages > 0) return true;
    return false;
  }

  /** Sets what the phase names. */
  enter(phase: PhaseConfig): void {
    this.thinkNs = phase.thinkNs ?? this.thinkNs;
    this.touches = phase.touches ?? this.touches;
    for (const region of this.regions) {
      const change = phase.regions?.[region.config.name];
      if (change === undefined) continue;
      region.weight = change.weight ?? region.weight;
      region.writes = change.writes ?? region.writes;
      if (change.pages !== undefined && change.pages !== region.wantedPages) {
        this.#unpressed.want(region, change.pages - region.wantedPages);
        region.resize(change.pages);
      }
      if (change.shift !== undefined && change.shift > 0) region.shift(change.shift);
    }
    this.pools.enter(phase, this.thinkNs / this.touches);
  }

  /** The program ends: its anonymous memory is gone, the files' pages stay cached. */
  end(): void {
    this.running = false;
    for (const region of this.anonymous.regions) region.clear();
    this.anonymous.restore();
  }

  digest(hasher: Hasher): void {
    hasher.number(this.threads);
    hasher.number(this.thinkNs);
    hasher.word(this.running ? 1 : 0);
    this.readAhead.digest(hasher);
    this.#unpressed.digest(hasher);
    this.anonymous.digest(hasher);
    this.file.digest(hasher);
  }
}
