/** What is known of the host. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { HostSample } from "../../../lib/wire/messages.ts";
import { Traffic } from "./traffic.ts";

/** States of HostState in proto/aerostat/v1/telemetry.proto, by their number. */
export const HOST_STATES = ["unspecified", "high", "clear", "soft", "hard", "low", "rebuilding"] as const;
export type HostStateName = (typeof HOST_STATES)[number];

export function hostStateName(state: number): HostStateName {
  return HOST_STATES[state] ?? "unspecified";
}

/** The members of a host sample that a span adds up. */
export type HostFlowSample = Pick<
  HostSample,
  | "intervalNs"
  | "state"
  | "freePages"
  | "swapInPages"
  | "swapOutPages"
  | "compressedPages"
  | "decompressedPages"
  | "diskReads"
  | "diskWrites"
  | "diskBusyNs"
  | "diskQueueNs"
  | "diskChannels"
  | "targetsSet"
>;

/** Sums of the host's samples over a span of time. */
export class HostFlow {
  samples = 0;
  intervalNs = 0;
  swapInPages = 0;
  swapOutPages = 0;
  compressedPages = 0;
  decompressedPages = 0;
  diskReads = 0;
  diskWrites = 0;
  diskBusyNs = 0;
  diskQueueNs = 0;
  /** Channels times interval: what diskBusyNs is at full load. */
  diskCapacityNs = 0;
  targetsSet = 0;
  worstUtilisation = 0;
  leastFreePages = Number.POSITIVE_INFINITY;
  /** Time by host state, as sampled. */
  readonly stateNs = new Float64Array(HOST_STATES.length);

  add(sample: HostFlowSample): void {
    const capacityNs = sample.intervalNs * Math.max(1, sample.diskChannels);
    this.samples++;
    this.intervalNs += sample.intervalNs;
    this.swapInPages += sample.swapInPages;
    this.swapOutPages += sample.swapOutPages;
    this.compressedPages += sample.compressedPages;
    this.decompressedPages += sample.decompressedPages;
    this.diskReads += sample.diskReads;
    this.diskWrites += sample.diskWrites;
    this.diskBusyNs += sample.diskBusyNs;
    this.diskQueueNs += sample.diskQueueNs;
    this.diskCapacityNs += capacityNs;
    this.targetsSet += sample.targetsSet;
    this.leastFreePages = Math.min(this.leastFreePages, sample.freePages);
    if (capacityNs > 0) this.worstUtilisation = Math.max(this.worstUtilisation, sample.diskBusyNs / capacityNs);
    if (sample.state < this.stateNs.length) this.stateNs[sample.state] = (this.stateNs[sample.state] as number) + sample.intervalNs;
  }

  /** Busy share of the disk's channels. */
  get utilisation(): number {
    return this.diskCapacityNs > 0 ? this.diskBusyNs / this.diskCapacityNs : 0;
  }

  /** Mean number of requests at the disk. */
  get queue(): number {
    return this.intervalNs > 0 ? this.diskQueueNs / this.intervalNs : 0;
  }
}

export class HostAggregate {
  readonly total = new HostFlow();
  readonly byPhase: readonly HostFlow[];
  readonly traffic = new Traffic();
  latest: HostSample | undefined;
  latestAtNs = 0;
  worstLagNs = 0;
  peakSwappedPages = 0;
  peakPoolPages = 0;

  constructor(phases: number) {
    this.byPhase = Array.from({ length: phases }, () => new HostFlow());
  }

  take(sample: HostSample, atNs: number, phase: number): void {
    this.latest = sample;
    this.latestAtNs = atNs;
    this.total.add(sample);
    this.traffic.add(sample);
    this.byPhase[phase]?.add(sample);
    this.worstLagNs = Math.max(this.worstLagNs, sample.lagNs);
    this.peakSwappedPages = Math.max(this.peakSwappedPages, sample.swappedPages);
    this.peakPoolPages = Math.max(this.peakPoolPages, sample.poolPages);
  }

  digest(hasher: Hasher): void {
    const { total } = this;
    hasher.number(total.samples);
    hasher.number(total.swapInPages);
    hasher.number(total.swapOutPages);
    hasher.number(total.compressedPages);
    hasher.number(total.decompressedPages);
    hasher.number(total.diskBusyNs);
    hasher.number(total.targetsSet);
    for (const ns of total.stateNs) hasher.number(ns);
  }
}
