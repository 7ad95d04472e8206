/** Telemetry of one guest: its memory as it is, and sums over the interval since the last sample. */
import type { Context, LinkCounters } from "../../lib/engine/actor.ts";
import type { LatencyHistogram } from "../../lib/histogram.ts";
import type { GuestSample } from "../../lib/wire/messages.ts";
import { noTotals, TOTAL_NAMES, type Totals } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { ANONYMOUS, CACHE, KERNEL } from "./memory.ts";

/** Totals that are told in whole pages or nanoseconds: the fraction goes into the next interval. */
const WHOLE_NAMES: ReadonlySet<keyof Totals> = new Set<keyof Totals>([
  "swapInPages",
  "swapOutPages",
  "fileReadPages",
  "fileWritePages",
  "hostSwapInPages",
  "staleReadPages",
  "decompressedPages",
  "refaultPages",
  "psiSomeNs",
  "psiFullNs",
  "stalledNs",
  "linkStallNs",
  "blockedNs",
]);

const WHOLE = TOTAL_NAMES.map((name) => WHOLE_NAMES.has(name));

export class Sampler {
  readonly #told: Totals = noTotals();
  readonly #delta: Totals = noTotals();
  #toldMessages: LinkCounters = { sent: 0, received: 0, refused: 0, missed: 0, latencyNs: 0 };
  #atNs = 0;
  #intervalNs = 0;

  /** The first interval begins. */
  start(nowNs: number): void {
    this.#atNs = nowNs;
  }

  take(machine: Machine, context: Context): GuestSample {
    const { memory, balloon, latencies, totals } = machine;
    const { counters } = context;
    const [delta, told] = [this.#since(totals, context.nowNs), this.#tell(counters)];
    // Each by its name: a spread of this size costs as much as a step.
    return {
      intervalNs: this.#intervalNs,
      sizePages: memory.sizePages,
      kernelPages: memory.used(KERNEL),
      balloonPages: memory.balloonPages,
      freePages: memory.freePages,
      anonymousPages: memory.used(ANONYMOUS),
      cacheCleanPages: memory.used(CACHE) - memory.dirtyPages,
      cacheDirtyPages: memory.dirtyPages,
      swappedPages: Math.round(machine.workload.anonymous.missingPages),
      perCpuPages: memory.perCpu.pages,
      swapCachePages: Math.min(memory.used(ANONYMOUS), Math.round(machine.reclaim.swapCache.pages)),
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
    for (let i = 0; i < TOTAL_NAMES.length; i++) {
      const name = TOTAL_NAMES[i] as keyof Totals;
      const passed = totals[name] - this.#told[name];
      const delta = WHOLE[i] ? Math.floor(passed) : passed;
      this.#delta[name] = delta;
      this.#told[name] += delta;
    }
    this.#carryStall(this.#delta, this.#intervalNs);
    return this.#delta;
  }

  /** A step that ends after the sample began before it: stall beyond the interval goes into the next one, as in kernel/sched/psi.c. */
  #carryStall(delta: Totals, intervalNs: number): void {
    for (const name of ["psiSomeNs", "psiFullNs"] as const) {
      const excessNs = delta[name] - intervalNs;
      if (excessNs <= 0) continue;
      delta[name] -= excessNs;
      this.#told[name] -= excessNs;
    }
  }
}

function taken(histogram: LatencyHistogram): GuestSample["faultLatency"] {
  return histogram.isEmpty ? null : histogram.take();
}
