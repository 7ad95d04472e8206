/** Whole runs for rows: the guests' and the hypervisor's own actors, in virtual time; telemetry is kept as it comes. */

import { type Actor, FIRST_GUEST, HYPERVISOR, MONITOR } from "../lib/engine/actor.ts";
import { Kernel } from "../lib/engine/kernel.ts";
import { DISK_PRESETS } from "../lib/scenario/diskpresets.ts";
import { DRIVER_SPEEDS, type DriverConfig, type DriverKind } from "../lib/scenario/driver.ts";
import { rosterOf } from "../lib/scenario/roster.ts";
import type { GuestConfig, HostConfig, RegionConfig, Scenario } from "../lib/scenario/scenario.ts";
import { MILLISECOND_NS, PAGES_PER_MIB, SECOND_NS } from "../lib/units.ts";
import type { GuestSample, HostSample, Message } from "../lib/wire/messages.ts";
import { guestFactory } from "../services/guest/guest.ts";
import { hypervisorFactory } from "../services/hypervisor/hypervisor.ts";

export interface Timed<T> {
  readonly timeS: number;
  readonly body: Readonly<T>;
}

export interface SystemRun {
  /** By guest. */
  readonly guests: readonly (readonly Timed<GuestSample>[])[];
  readonly host: readonly Timed<HostSample>[];
}

export function runSystem(scenario: Scenario): SystemRun {
  const collector = new Collector(scenario.guests.length);
  const kernel = new Kernel({ seed: scenario.seed, timing: scenario.network, roster: rosterOf(scenario), digest: false });
  kernel.add(MONITOR, () => collector);
  kernel.add(HYPERVISOR, hypervisorFactory(scenario));
  for (let i = 0; i < scenario.guests.length; i++) kernel.add(FIRST_GUEST + i, guestFactory(scenario, i));
  kernel.begin();
  kernel.runUntil(scenario.durationNs + 1);
  return collector;
}

class Collector implements Actor, SystemRun {
  readonly guests: Timed<GuestSample>[][];
  readonly host: Timed<HostSample>[] = [];

  constructor(guests: number) {
    this.guests = Array.from({ length: guests }, () => []);
  }

  start(): void {}

  receive(message: Message): void {
    const { kind, source, sentAtNs, body } = message;
    if (kind === "guestSample") this.guests[source - FIRST_GUEST]?.push({ timeS: body.takenAtNs / SECOND_NS, body });
    else if (kind === "hostSample") this.host.push({ timeS: sentAtNs / SECOND_NS, body });
  }

  wake(): void {}

  digest(): void {}
}

/** Whole pages of a size in MiB. */
export function pagesOfMib(mib: number): number {
  return Math.round(mib * PAGES_PER_MIB);
}

/** A scenario of these VMs; the rest is as small and plain as it can be. */
export function scenarioFor(
  name: string,
  durationS: number,
  host: Partial<HostConfig> & { memoryPages: number },
  guests: readonly GuestConfig[],
): Scenario {
  return {
    name,
    description: name,
    seed: 1,
    durationNs: durationS * SECOND_NS,
    speed: 1,
    stepNs: 100 * MILLISECOND_NS,
    sampleNs: SECOND_NS,
    network: { latencyNs: MILLISECOND_NS, jitterNs: 0 },
    host: { ...PLAIN_HOST, ...host },
    guests,
    faults: [],
    convergenceNs: durationS * SECOND_NS,
  };
}

const PLAIN_HOST: Omit<HostConfig, "memoryPages"> = {
  name: "host",
  reservedPages: 0,
  overheadPagesPerVm: 0,
  swapPages: pagesOfMib(4_096),
  leaseNs: 10 * SECOND_NS,
  statisticsNs: SECOND_NS,
  hostSwap: true,
  hostSwapVictims: "random",
  shareScanPagesPerS: 0,
  states: { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 },
  disk: DISK_PRESETS["hdd-7200"],
  policy: { name: "none", options: {} },
};

export type GuestPlan = Pick<GuestConfig, "name" | "sizePages" | "kernelPages" | "workload"> & Partial<GuestConfig>;

/** A VM with the published speeds of virtio-balloon, a swap as large as itself, and nothing guaranteed. */
export function guestFor(plan: GuestPlan): GuestConfig {
  return {
    group: plan.name,
    minimumPages: 0,
    shares: 1_000,
    swapPages: plan.sizePages,
    swappiness: 60,
    pageCluster: 3,
    replacement: { anonymous: "lru", file: "lru" },
    creditPages: pagesOfMib(1),
    bootNs: SECOND_NS,
    driver: driverOf("virtio"),
    ...plan,
  };
}

/** A driver at its published speeds. */
export function driverOf(kind: DriverKind): DriverConfig {
  return { kind, ...DRIVER_SPEEDS[kind], deflateOnOom: false, freePageReporting: false };
}

export function region(name: string, kind: RegionConfig["kind"], mib: number, more: Partial<RegionConfig> = {}): RegionConfig {
  return { name, kind, pages: pagesOfMib(mib), law: { kind: "uniform" }, writes: 0, weight: 1, ...more };
}
