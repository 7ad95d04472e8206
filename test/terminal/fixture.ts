/** A small state of a run, as the monitor gives it. */
import { GIB, MIB, PAGE_BYTES } from "../../lib/units.ts";
import type { LiveHost, LiveMemory, LiveView, LiveVm } from "../../services/monitor/live.ts";

export const gibPages = (gib: number): number => (gib * GIB) / PAGE_BYTES;
export const mibPages = (mib: number): number => (mib * MIB) / PAGE_BYTES;

/** GiB by kind. */
export function memory(kernel: number, anonymous: number, cache: number, free: number, balloon: number, swapped = 0): LiveMemory {
  return {
    sizePages: gibPages(kernel + anonymous + cache + free + balloon),
    kernelPages: gibPages(kernel),
    balloonPages: gibPages(balloon),
    freePages: gibPages(free),
    anonymousPages: gibPages(anonymous),
    cacheCleanPages: gibPages(cache / 2),
    cacheDirtyPages: gibPages(cache / 2),
    swappedPages: gibPages(swapped),
    hostSwappedPages: 0,
    compressedPages: 0,
    heldPages: gibPages(kernel + anonymous + cache),
  };
}

export function vm(name: string, change: Partial<LiveVm> = {}): LiveVm {
  return {
    name,
    seen: true,
    atNs: 42e9,
    silentNs: 0,
    memory: memory(0.5, 2, 0.5, 0.5, 0.5),
    targetPages: gibPages(3.5),
    actualPages: gibPages(3.5),
    balloonState: "at-target",
    swapInPagesPerS: 0,
    swapOutPagesPerS: 0,
    operationsPerS: 100,
    slowdown: 1,
    idled: false,
    psiSomeShare: 0,
    psiFullShare: 0,
    oomKills: 0,
    boots: 1,
    ...change,
  };
}

export function host(change: Partial<LiveHost> = {}): LiveHost {
  return {
    name: "host-1",
    seen: true,
    atNs: 42e9,
    silentNs: 0,
    state: "soft",
    machinePages: gibPages(32),
    reservedPages: 0,
    residentPages: gibPages(28),
    freePages: gibPages(4),
    swappedPages: gibPages(0.25),
    sharedPages: 0,
    sharingPages: 0,
    poolPages: 0,
    pooledPages: 0,
    compressedPagesPerS: 0,
    decompressedPagesPerS: 0,
    leases: 3,
    epoch: 1,
    swapInPagesPerS: 0,
    swapOutPagesPerS: 0,
    diskUtilisation: 0.955,
    diskQueue: 3.25,
    ...change,
  };
}

export function view(change: Partial<LiveView> = {}): LiveView {
  return {
    scenario: "classic",
    nowNs: 42.9e9,
    durationNs: 360e9,
    phase: "storm",
    host: host(),
    vms: [
      vm("vm-1"),
      vm("vm-2", {
        memory: memory(0.5, 1, 0, 0.1, 2.4, 1.25),
        targetPages: gibPages(1.2),
        actualPages: gibPages(1.6),
        balloonState: "inflating",
        swapInPagesPerS: mibPages(3.25),
        swapOutPagesPerS: mibPages(48),
        slowdown: 3.456,
      }),
      vm("vm-3", { seen: false }),
    ],
    messages: 12_345,
    lost: 2,
    refused: 0,
    controlActions: 7,
    ...change,
  };
}
