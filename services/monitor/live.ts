/** The run as it is now, for a terminal and for /api/state: plain data, no behaviour. */
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import type { Aggregator } from "./aggregate/aggregator.ts";
import { isIdled, perSecond, shareOf, slowdownOf } from "./aggregate/flow.ts";
import type { GuestAggregate } from "./aggregate/guest.ts";
import { type HostStateName, hostStateName } from "./aggregate/host.ts";

/** Pages by kind; kernel to dirty cache sum to the VM's size. */
export interface LiveMemory {
  readonly sizePages: number;
  readonly kernelPages: number;
  readonly balloonPages: number;
  readonly freePages: number;
  readonly anonymousPages: number;
  readonly cacheCleanPages: number;
  readonly cacheDirtyPages: number;
  /** In the guest's swap, and in the host's: outside its memory. */
  readonly swappedPages: number;
  readonly hostSwappedPages: number;
  readonly compressedPages: number;
  readonly heldPages: number;
}

export interface LiveVm {
  readonly name: string;
  /** False until its first sample. */
  readonly seen: boolean;
  readonly atNs: number;
  /** As the host's. */
  readonly silentNs: number;
  readonly memory: LiveMemory;
  /** Size minus balloon, wanted (0: no target yet) and actual. */
  readonly targetPages: number;
  readonly actualPages: number;
  readonly balloonState: BalloonStateName;
  readonly swapInPagesPerS: number;
  readonly swapOutPagesPerS: number;
  readonly operationsPerS: number;
  /** Of the latest interval, at most 1,000; null where there was no work, or next to none of it was done: see `idled`. */
  readonly slowdown: number | null;
  /** There was work in the latest interval, and less than a thousandth of it was done. */
  readonly idled: boolean;
  readonly psiSomeShare: number;
  readonly psiFullShare: number;
  readonly oomKills: number;
  readonly boots: number;
}

export interface LiveHost {
  readonly name: string;
  readonly seen: boolean;
  readonly atNs: number;
  /** For how long it has not been heard: what follows is of atNs. 0: it is heard. */
  readonly silentNs: number;
  readonly state: HostStateName;
  readonly machinePages: number;
  readonly reservedPages: number;
  readonly residentPages: number;
  readonly freePages: number;
  readonly swappedPages: number;
  /** Frames of page sharing, and pages of VMs that stand on them. */
  readonly sharedPages: number;
  readonly sharingPages: number;
  /** Frames of the compressed pool, and pages of VMs in them. */
  readonly poolPages: number;
  readonly pooledPages: number;
  readonly compressedPagesPerS: number;
  readonly decompressedPagesPerS: number;
  readonly leases: number;
  readonly epoch: number;
  readonly swapInPagesPerS: number;
  readonly swapOutPagesPerS: number;
  /** Busy share of the disk's channels, and mean number of requests at it, in the latest interval. */
  readonly diskUtilisation: number;
  readonly diskQueue: number;
}

export interface LiveView {
  readonly scenario: string;
  readonly nowNs: number;
  readonly durationNs: number;
  /** Name of the scenario's phase at this time, "" for none. */
  readonly phase: string;
  readonly host: LiveHost;
  /** In roster order. */
  readonly vms: readonly LiveVm[];
  readonly messages: number;
  readonly lost: number;
  readonly refused: number;
  readonly controlActions: number;
}

const BALLOON_STATES = ["unknown", "at-target", "inflating", "backing-off", "deflating"] as const;
export type BalloonStateName = (typeof BALLOON_STATES)[number];

export function balloonStateName(state: number): BalloonStateName {
  return BALLOON_STATES[state] ?? "unknown";
}

export function liveView(aggregator: Aggregator): LiveView {
  const { scenario, gaps, nowNs } = aggregator;
  return {
    scenario: scenario.name,
    nowNs,
    durationNs: scenario.durationNs,
    phase: aggregator.phases.findLast((phase) => phase.fromNs <= nowNs)?.name ?? "",
    host: liveHost(aggregator),
    vms: aggregator.guests.map((guest, i) => liveVm(guest, aggregator.silentNs(FIRST_GUEST + i, nowNs))),
    messages: aggregator.messagesTaken,
    lost: gaps.lost,
    refused: gaps.refused,
    controlActions: aggregator.control.actions,
  };
}

function liveVm(guest: GuestAggregate, silentNs: number): LiveVm {
  const { latest } = guest;
  const intervalNs = latest?.intervalNs ?? 0;
  const operations = latest?.operations ?? 0;
  const unpressed = latest?.unpressedOperations ?? 0;
  return {
    name: guest.name,
    seen: latest !== undefined,
    atNs: guest.latestAtNs,
    silentNs,
    memory: memoryOf(guest),
    targetPages: latest?.targetPages ?? 0,
    actualPages: (latest?.sizePages ?? 0) - (latest?.balloonPages ?? 0),
    balloonState: balloonStateName(latest?.balloonState ?? 0),
    swapInPagesPerS: perSecond(latest?.swapInPages ?? 0, intervalNs),
    swapOutPagesPerS: perSecond(latest?.swapOutPages ?? 0, intervalNs),
    operationsPerS: perSecond(operations, intervalNs),
    slowdown: slowdownOf(unpressed, operations),
    idled: isIdled(unpressed, operations),
    psiSomeShare: shareOf(latest?.psiSomeNs ?? 0, intervalNs),
    psiFullShare: shareOf(latest?.psiFullNs ?? 0, intervalNs),
    oomKills: guest.total.oomKills,
    boots: guest.boots,
  };
}

function memoryOf({ latest }: GuestAggregate): LiveMemory {
  return {
    sizePages: latest?.sizePages ?? 0,
    kernelPages: latest?.kernelPages ?? 0,
    balloonPages: latest?.balloonPages ?? 0,
    freePages: latest?.freePages ?? 0,
    anonymousPages: latest?.anonymousPages ?? 0,
    cacheCleanPages: latest?.cacheCleanPages ?? 0,
    cacheDirtyPages: latest?.cacheDirtyPages ?? 0,
    swappedPages: latest?.swappedPages ?? 0,
    hostSwappedPages: latest?.hostSwappedPages ?? 0,
    compressedPages: latest?.compressedPages ?? 0,
    heldPages: latest?.heldPages ?? 0,
  };
}

function liveHost(aggregator: Aggregator): LiveHost {
  const { host, scenario, nowNs } = aggregator;
  const { latest } = host;
  const intervalNs = latest?.intervalNs ?? 0;
  return {
    name: scenario.host.name,
    seen: latest !== undefined,
    atNs: host.latestAtNs,
    silentNs: aggregator.silentNs(HYPERVISOR, nowNs),
    state: hostStateName(latest?.state ?? 0),
    machinePages: latest?.machinePages ?? scenario.host.memoryPages,
    reservedPages: latest?.reservedPages ?? 0,
    residentPages: latest?.residentPages ?? 0,
    freePages: latest?.freePages ?? 0,
    swappedPages: latest?.swappedPages ?? 0,
    sharedPages: latest?.sharedPages ?? 0,
    sharingPages: latest?.sharingPages ?? 0,
    poolPages: latest?.poolPages ?? 0,
    pooledPages: latest?.pooledPages ?? 0,
    compressedPagesPerS: perSecond(latest?.compressedPages ?? 0, intervalNs),
    decompressedPagesPerS: perSecond(latest?.decompressedPages ?? 0, intervalNs),
    leases: latest?.leases ?? 0,
    epoch: latest?.hostEpoch ?? 0,
    swapInPagesPerS: perSecond(latest?.swapInPages ?? 0, intervalNs),
    swapOutPagesPerS: perSecond(latest?.swapOutPages ?? 0, intervalNs),
    diskUtilisation: shareOf(latest?.diskBusyNs ?? 0, intervalNs * Math.max(1, latest?.diskChannels ?? 1)),
    diskQueue: shareOf(latest?.diskQueueNs ?? 0, intervalNs),
  };
}
