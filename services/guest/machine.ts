/**
 * One virtual machine, moved on in stretches of time with what the host granted: kswapd, balloon driver, growth, operations, writeback.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Random } from "../../lib/engine/random.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { type Watermarks, watermarksOf } from "../../lib/scenario/watermarks.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { auditBalloon, auditMemory, hashMemory } from "./audit.ts";
import { balance, moveBalloon, surroundingsOf, touchKernel, workersOf, writeBack } from "./background.ts";
import { Balloon } from "./balloon/balloon.ts";
import type { DriverFaults } from "./balloon/faults.ts";
import { BACK_OFF_NS } from "./balloon/virtio.ts";
import { isCalm } from "./coast.ts";
import { Carry, countHostReads, countOperations, hashTotals, type Totals } from "./counters.ts";
import { Evictions, type SwappingHost } from "./eviction.ts";
import { Flusher } from "./flusher.ts";
import { grow } from "./growth.ts";
import type { Latencies } from "./latency.ts";
import { ANONYMOUS, CACHE, KERNEL, Memory } from "./memory.ts";
import { operate } from "./operate.ts";
import { FREE_OF_WAITS, Operations } from "./operations.ts";
import { freed } from "./phases.ts";
import { Processor } from "./processor.ts";
import { CLUSTER_PAGES, Reclaim } from "./reclaim.ts";
import type { Service } from "./service.ts";
import { Sharing } from "./sharing.ts";
import { Workload } from "./workload.ts";

/** Most stretches of a step. While the balloon moves none is longer than its driver's sleep. */
const STRETCHES = 8;

export class Machine {
  readonly config: GuestConfig;
  readonly memory: Memory;
  readonly marks: Watermarks;
  readonly processor: Processor;
  readonly workload: Workload;
  readonly operations: Operations;
  readonly reclaim: Reclaim;
  readonly balloon: Balloon;
  readonly evictions: Evictions;
  readonly sharing: Sharing;
  readonly flusher = new Flusher();
  readonly totals: Totals;
  readonly latencies: Latencies;
  /** The kernel has booted; its own pages come first. */
  booted = false;
  /** The kernel has begun to touch its pages: from then on the user waits for the program. */
  live = false;
  /** Not told yet: the program has started; the OOM killer has ended it. */
  started = false;
  killed = false;
  readonly returns: Readonly<Record<0 | 1 | 2, Carry>> = { [KERNEL]: new Carry(), [ANONYMOUS]: new Carry(), [CACHE]: new Carry() };
  readonly unzips: Readonly<Record<1 | 2, Carry>> = { [ANONYMOUS]: new Carry(), [CACHE]: new Carry() };
  readonly growthCarry = new Carry();
  /** Of this stretch: time that the growing thread waited for the guest's memory, and for the host's. */
  growthStallNs = 0;
  hostStallNs = 0;
  /** In the last step: pages read from the host's swap to be written to the guest's (double paging). */
  rereadsPerS = 0;
  /** Beginning of the present stretch. */
  #nowNs = 0;

  /** `totals` and `latencies` are the actor's: they outlive a reset of the machine. */
  constructor(config: GuestConfig, totals: Totals, latencies: Latencies, host: SwappingHost, faults?: DriverFaults) {
    this.config = config;
    this.totals = totals;
    this.latencies = latencies;
    this.marks = config.watermarks ?? watermarksOf(config.sizePages);
    // zone_highsize() allows the low watermark over all CPUs; bulk frees leave about the min one (measured, Linux 6.1).
    this.memory = new Memory(config.sizePages, this.marks.minPages);
    this.processor = new Processor(config.processor);
    this.workload = new Workload(config);
    this.operations = new Operations(this.workload);
    this.reclaim = new Reclaim(this.memory, this.workload, this.marks, totals, this.processor, config);
    this.balloon = new Balloon(config.driver, config.sizePages, faults);
    this.sharing = new Sharing(this.memory, this.workload);
    this.evictions = new Evictions(this.memory, this.workload, host);
  }

  /** Pages that the kernel takes when it boots. */
  get kernelPagesLeft(): number {
    return this.booted ? this.config.kernelPages - this.memory.used(KERNEL) : 0;
  }

  /** The kernel is up: the driver loads and the program starts. */
  up(): void {
    this.balloon.loaded = true;
    this.workload.running = true;
    this.started = true;
  }

  /** Nothing changes until something comes from outside: operations go on without a fault. */
  get quiet(): boolean {
    const { workload, memory, marks, reclaim, balloon } = this;
    if (!this.booted) return true;
    if (this.kernelPagesLeft > 0 || workload.growthPages > 0 || balloon.active || memory.out(KERNEL) > 0) return false;
    if (this.flusher.wantedPages >= 0.5 || (workload.workingThreads > 0 && this.sharing.breakRate > 0)) return false;
    if (workload.workingThreads > 0) for (const region of workload.regions) if (region.missRate > 0 || region.returnRate > 0) return false;
    return (memory.freePages >= marks.lowPages && !reclaim.awake) || reclaim.potentialPages < CLUSTER_PAGES;
  }

  /** There are dirty pages, or there will be. */
  get dirties(): boolean {
    return this.workload.file.markedPages >= 0.5 || this.workload.dirties;
  }

  /** Free pages above the min watermark. The check leaves out the per-CPU lists, from which a page is then taken. */
  get sparePages(): number {
    const { freePages, perCpu } = this.memory;
    return freePages - perCpu.pages > this.marks.minPages ? freePages - this.marks.minPages : 0;
  }

  /** Moves on by `stepNs` from `nowNs`, with the host's service. */
  run(nowNs: number, stepNs: number, service: Service, random: Random): void {
    this.reclaim.swapWrites.fund(service.swapWritePages, service.writeShare >= 1, this.processor.limited);
    this.reclaim.swapCache.complete();
    this.reclaim.fileWrites.fund(service.fileWritePages, service.writeShare >= 1);
    // What came in mid-step is acted on in the next one, whose demand can provide for it.
    const prompt = this.balloon.legs.receivedAtNs <= nowNs;
    this.workload.pools.mix(surroundingsOf(this, stepNs, service));
    const calmNs = isCalm(this) ? stepNs : Math.max(BACK_OFF_NS, stepNs / STRETCHES);
    for (let doneNs = 0, lengthNs: number; doneNs < stepNs; doneNs += lengthNs) {
      lengthNs = Math.min(this.balloon.active ? BACK_OFF_NS : calmNs, stepNs - doneNs);
      this.processor.begin(lengthNs, this.workload.workingThreads, workersOf(this), this.workload.pools.pools);
      balance(this);
      this.#nowNs = nowNs + doneNs;
      if (prompt) moveBalloon(this, this.#nowNs, lengthNs);
      this.growthStallNs = 0;
      this.hostStallNs = 0;
      const busyNs = grow(this, lengthNs, service, random);
      operate(this, lengthNs, busyNs, service, random);
      touchKernel(this, lengthNs);
      writeBack(this);
    }
    const rereadPages = this.reclaim.anonymousPages.takeRereads() + this.reclaim.cachePages.takeRereads();
    this.rereadsPerS = (rereadPages * SECOND_NS) / stepNs;
    countHostReads(this.totals, this.memory);
    this.evictions.ages?.fit();
  }

  /**
   * Moves on by `stepNs` without the host: in a quiet guest nothing faults. One that has become busy just now has its
   * misses in its first step.
   */
  idle(stepNs: number): void {
    const { workload, totals } = this;
    if (workload.workingThreads === 0) {
      this.forgo(stepNs);
      return;
    }
    const operations = workload.freeOperations(stepNs);
    totals.unpressedOperations += operations;
    countOperations(totals, operations, workload);
    this.latencies.operations.add(workload.thinkNs, operations);
    for (const region of workload.regions) if (region.missRate > 0 || region.returnRate > 0) return;
    this.operations.estimate(operations * workload.touches, FREE_OF_WAITS, false);
    totals.minorFaults += this.operations.advance(false, true, 0);
    if (workload.dirties) this.reclaim.cachePages.noteDirty();
  }

  /** Counts the operations that `stepNs` would have been worth without pressure; `readNs`: of a file. */
  forgo(stepNs: number, readNs?: number): void {
    if (this.live) this.totals.unpressedOperations += this.workload.unpressedOperations(stepNs, readNs);
  }

  /** The OOM killer: balloon first, if its driver lets go, then the workload. Returns whether pages came free. */
  outOfMemory(pages: number): boolean {
    // What it gives lies on the per-CPU lists first, where the watermark check does not see it.
    const given = this.balloon.giveBack(pages + this.memory.perCpu.roomPages, this.#nowNs);
    if (given > 0) {
      this.memory.deflate(given);
      return true;
    }
    if (!this.workload.running) return false;
    this.workload.end();
    freed(this, 0);
    this.memory.give(ANONYMOUS, this.memory.used(ANONYMOUS), this.memory.out(ANONYMOUS));
    this.sharing.fit();
    this.totals.oomKills++;
    this.killed = true;
    return true;
  }

  audit(): void {
    auditMemory(this.memory);
    auditBalloon(this.balloon, this.memory);
  }

  digest(hasher: Hasher): void {
    hasher.word(this.booted ? 1 : 0);
    hashMemory(this.memory, hasher);
    this.workload.digest(hasher);
    this.reclaim.digest(hasher);
    this.balloon.digest(hasher);
    hashTotals(this.totals, hasher);
  }
}
