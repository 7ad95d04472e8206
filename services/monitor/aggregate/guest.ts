/** What is known of one VM. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { GuestConfig } from "../../../lib/scenario/scenario.ts";
import type { GuestSample } from "../../../lib/wire/messages.ts";
import { BucketCounts } from "./buckets.ts";
import { GuestFlow } from "./flow.ts";
import { Traffic } from "./traffic.ts";

/** Largest values seen, in pages. */
export interface GuestPeaks {
  balloonPages: number;
  anonymousPages: number;
  cachePages: number;
  swappedPages: number;
  hostSwappedPages: number;
  heldPages: number;
}

export class GuestAggregate {
  readonly name: string;
  readonly total = new GuestFlow();
  /** By phase of the scenario, in their order. */
  readonly byPhase: readonly GuestFlow[];
  readonly faultLatency = new BucketCounts();
  readonly operationLatency = new BucketCounts();
  readonly traffic = new Traffic();
  readonly peaks: GuestPeaks = { balloonPages: 0, anonymousPages: 0, cachePages: 0, swappedPages: 0, hostSwappedPages: 0, heldPages: 0 };
  latest: GuestSample | undefined;
  /** Model time at which the latest sample was taken. */
  latestAtNs = 0;
  worstLagNs = 0;
  boots = 0;

  constructor(config: GuestConfig, phases: number) {
    this.name = config.name;
    this.byPhase = Array.from({ length: phases }, () => new GuestFlow());
  }

  take(sample: GuestSample, phase: number): void {
    this.latest = sample;
    this.latestAtNs = sample.takenAtNs;
    this.total.add(sample);
    this.traffic.add(sample);
    this.byPhase[phase]?.add(sample);
    this.faultLatency.add(sample.faultLatency);
    this.operationLatency.add(sample.operationLatency);
    this.worstLagNs = Math.max(this.worstLagNs, sample.lagNs);
    const { peaks } = this;
    peaks.balloonPages = Math.max(peaks.balloonPages, sample.balloonPages);
    peaks.anonymousPages = Math.max(peaks.anonymousPages, sample.anonymousPages);
    peaks.cachePages = Math.max(peaks.cachePages, sample.cacheCleanPages + sample.cacheDirtyPages);
    peaks.swappedPages = Math.max(peaks.swappedPages, sample.swappedPages);
    peaks.hostSwappedPages = Math.max(peaks.hostSwappedPages, sample.hostSwappedPages);
    peaks.heldPages = Math.max(peaks.heldPages, sample.heldPages);
  }

  digest(hasher: Hasher): void {
    this.total.digest(hasher);
    this.faultLatency.digest(hasher);
    this.operationLatency.digest(hasher);
    hasher.number(this.latestAtNs);
    hasher.number(this.peaks.balloonPages);
    hasher.number(this.peaks.swappedPages);
    hasher.word(this.boots);
  }
}
