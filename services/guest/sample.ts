/** Telemetry of one guest: its memory as it is, and sums over the interval since the last sample. */
import type { Context, LinkCounters } from "../../lib/engine/actor.ts";
import type { LatencyHistogram } from "../../lib/histogram.ts";
import type { GuestSample } from "../../lib/wire/messages.ts";
import { noTotals, type Totals } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { ANONYMOUS, CACHE, KERNEL } from "./memory.ts";

type StallName = "psiSomeNs" | "psiFullNs" | "stalledNs" | "linkStallNs" | "blockedNs";

export class Sampler {
  #told: Totals = noTotals();
  #toldMessages: LinkCounters = { sent: 0, received: 0, refused: 0, missed: 0, latencyNs: 0 };
  #atNs = 0;
  #intervalNs = 0;

  /** The first interval begins. */
  start(nowNs: number): void {
    this.#atNs = nowNs;
  }

  /** Each field by its name: a spread of this size costs as much as a step. */
  take({ memory, balloon, latencies, totals, workload, reclaim }: Machine, context: Context): GuestSample {
    const { counters } = context;
    const [delta, told] = [this.#since(totals, context.nowNs), this.#tell(counters)];
    return {
      takenAtNs: context.nowNs,
      intervalNs: this.#intervalNs,
      sizePages: memory.sizePages,
      kernelPages: memory.used(KERNEL),
      balloonPages: memory.balloonPages,
      freePages: memory.freePages,
      anonymousPages: memory.used(ANONYMOUS),
      cacheCleanPages: memory.used(CACHE) - memory.dirtyPages,
      cacheDirtyPages: memory.dirtyPages,
      swappedPages: Math.round(workload.anonymous.missingPages),
      perCpuPages: memory.perCpu.pages,
      swapCachePages: Math.min(memory.used(ANONYMOUS), Math.round(reclaim.swapCache.pages)),
      untouchedPages: memory.untouchedPages,
      hostSwappedPages: memory.hostSwappedPages,
      compressedPages: memory.gone.compressedPages,
      heldPages: memory.heldPages,
      sharedPages: memory.shared.pages,
      targetPages: balloon.targetPages,
      balloonState: balloon.state,
      operations: delta.operations,
      unpressedOperations: delta.unpressedOperations,
      accesses: delta.accesses,
      fileAccesses: delta.fileAccesses,
      minorFaults: delta.minorFaults,
      majorFaults: delta.majorFaults,
      swapInPages: delta.swapInPages,
      swapOutPages: delta.swapOutPages,
      fileReadPages: delta.fileReadPages,
      fileWritePages: delta.fileWritePages,
      hostSwapInPages: delta.hostSwapInPages,
      staleReadPages: delta.staleReadPages,
      decompressedPages: delta.decompressedPages,
      refaultPages: delta.refaultPages,
      oomKills: delta.oomKills,
      psiSomeNs: delta.psiSomeNs,
      psiFullNs: delta.psiFullNs,
      stalledNs: delta.stalledNs,
      linkStallNs: delta.linkStallNs,
      blockedNs: delta.blockedNs,
      faultLatency: taken(latencies.faults),
      operationLatency: taken(latencies.operations),
      lagNs: context.takeLagNs(),
      messagesSent: counters.sent - told.sent,
      messagesReceived: counters.received - told.received,
      messagesRefused: counters.refused - told.refused,
      messagesMissed: counters.missed - told.missed,
      messageLatencyNs: counters.latencyNs - told.latencyNs,
    };
  }

  /** What was told before; `counters` are told now. */
  #tell(counters: LinkCounters): LinkCounters {
    const told = this.#toldMessages;
    this.#toldMessages = { ...counters };
    return told;
  }

  /** The interval ends at `nowNs`. */
  #since(totals: Totals, nowNs: number): Totals {
    this.#intervalNs = nowNs - this.#atNs;
    this.#atNs = nowNs;
    const told = wholeOf(totals);
    const delta = passed(told, this.#told);
    this.#told = told;
    for (const name of ["psiSomeNs", "stalledNs", "linkStallNs", "blockedNs"] as const) this.#carry(delta, name, this.#intervalNs);
    this.#carry(delta, "psiFullNs", delta.psiSomeNs);
    return delta;
  }

  /** A step that ends after the sample began before it: stall beyond `mostNs` goes into the next interval, as in kernel/sched/psi.c. */
  #carry(delta: Totals, name: StallName, mostNs: number): void {
    const excessNs = delta[name] - mostNs;
    if (excessNs <= 0) return;
    delta[name] -= excessNs;
    this.#told[name] -= excessNs;
  }
}

/**
 * As far as totals are told: pages and nanoseconds in whole numbers, so that a fraction goes into the next interval. Each by its name,
 * as above.
 */
function wholeOf(totals: Totals): Totals {
  return {
    operations: totals.operations,
    unpressedOperations: totals.unpressedOperations,
    accesses: totals.accesses,
    fileAccesses: totals.fileAccesses,
    minorFaults: totals.minorFaults,
    majorFaults: totals.majorFaults,
    swapInPages: Math.floor(totals.swapInPages),
    swapOutPages: Math.floor(totals.swapOutPages),
    fileReadPages: Math.floor(totals.fileReadPages),
    fileWritePages: Math.floor(totals.fileWritePages),
    hostSwapInPages: Math.floor(totals.hostSwapInPages),
    staleReadPages: Math.floor(totals.staleReadPages),
    decompressedPages: Math.floor(totals.decompressedPages),
    refaultPages: Math.floor(totals.refaultPages),
    oomKills: totals.oomKills,
    psiSomeNs: Math.floor(totals.psiSomeNs),
    psiFullNs: Math.floor(totals.psiFullNs),
    stalledNs: Math.floor(totals.stalledNs),
    linkStallNs: Math.floor(totals.linkStallNs),
    blockedNs: Math.floor(totals.blockedNs),
  };
}

function passed(now: Totals, told: Totals): Totals {
  return {
    operations: now.operations - told.operations,
    unpressedOperations: now.unpressedOperations - told.unpressedOperations,
    accesses: now.accesses - told.accesses,
    fileAccesses: now.fileAccesses - told.fileAccesses,
    minorFaults: now.minorFaults - told.minorFaults,
    majorFaults: now.majorFaults - told.majorFaults,
    swapInPages: now.swapInPages - told.swapInPages,
    swapOutPages: now.swapOutPages - told.swapOutPages,
    fileReadPages: now.fileReadPages - told.fileReadPages,
    fileWritePages: now.fileWritePages - told.fileWritePages,
    hostSwapInPages: now.hostSwapInPages - told.hostSwapInPages,
    staleReadPages: now.staleReadPages - told.staleReadPages,
    decompressedPages: now.decompressedPages - told.decompressedPages,
    refaultPages: now.refaultPages - told.refaultPages,
    oomKills: now.oomKills - told.oomKills,
    psiSomeNs: now.psiSomeNs - told.psiSomeNs,
    psiFullNs: now.psiFullNs - told.psiFullNs,
    stalledNs: now.stalledNs - told.stalledNs,
    linkStallNs: now.linkStallNs - told.linkStallNs,
    blockedNs: now.blockedNs - told.blockedNs,
  };
}

function taken(histogram: LatencyHistogram): GuestSample["faultLatency"] {
  return histogram.isEmpty ? null : histogram.take();
}
