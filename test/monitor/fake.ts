/** Telemetry made up for the monitor's tests: consistent, varied, the same for the same seed. */
import { type Context, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { Random } from "../../lib/engine/random.ts";
import { bucketOf } from "../../lib/histogram.ts";
import type { GuestConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { BalloonState, EventKind, type GuestSample, type HostSample, HostState } from "../../lib/wire/messages.ts";
import type { TelemetryKind, TelemetryMessage } from "../../services/monitor/aggregate/aggregator.ts";

const SIZE = 1_048_576;
const GIB_PAGES = 262_144;

export interface FakeOptions {
  readonly guests?: number;
  readonly seconds?: number;
  readonly faults?: Scenario["faults"];
}

export function fakeScenario({ guests = 4, seconds = 120, faults = [] }: FakeOptions = {}): Scenario {
  const quarter = (seconds / 4) * SECOND_NS;
  const phases = ["calm", "shift", "storm", "recovery"].map((name, index) => ({ name, atNs: index * quarter }));
  return {
    name: "fake",
    description: "Made up: <b>16</b> & more VMs.",
    seed: 7,
    durationNs: seconds * SECOND_NS,
    speed: 1,
    stepNs: SECOND_NS / 10,
    sampleNs: SECOND_NS,
    network: { latencyNs: 100_000, jitterNs: 0 },
    host: {
      name: "host",
      memoryPages: guests * 2 * GIB_PAGES,
      reservedPages: 1000,
      overheadPagesPerVm: 0,
      swapPages: SIZE,
      leaseNs: 10 * SECOND_NS,
      statisticsNs: SECOND_NS,
      hostSwap: true,
      hostSwapVictims: "random",
      shareScanPagesPerS: 0,
      states: { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 },
      disk: {
        channels: 2,
        service: { randomReadNs: 100_000, clusteredReadNs: 100_000, transferNs: 0, clusteredWriteNs: 100_000 },
        variation: 1,
        pagesPerClusteredWrite: 32,
      },
      policy: { name: "static", options: {} },
    },
    guests: Array.from({ length: guests }, (_, index) => fakeGuest(index, phases)),
    faults,
    convergenceNs: 30 * SECOND_NS,
  };
}

function fakeGuest(index: number, phases: readonly { name: string; atNs: number }[]): GuestConfig {
  return {
    name: `vm-${String(index + 1).padStart(2, "0")}`,
    group: "vm",
    sizePages: SIZE,
    minimumPages: 65_536,
    shares: 1000,
    kernelPages: 20_000,
    swapPages: SIZE,
    swappiness: 60,
    pageCluster: 3,
    replacement: { anonymous: "lru", file: "lru" },
    creditPages: 512,
    bootNs: 0,
    driver: {
      kind: "virtio",
      inflatePagesPerS: 1e5,
      inflateUntouchedPagesPerS: 1e5,
      deflatePagesPerS: 1e5,
      deflateOnOom: true,
      freePageReporting: false,
    },
    workload: { threads: 1, thinkNs: 1000, touches: 1, regions: [], phases, restartNs: SECOND_NS },
  };
}

/** What the monitor's actor sees of the engine when a message comes in time. */
export function at(message: TelemetryMessage): Context {
  return { nowNs: message.deliverAtNs } as Context;
}

/** Numbers messages as links do: per sender from 1, in each incarnation. */
export class FakeLinks {
  readonly #sequences = new Map<string, number>();

  message<K extends TelemetryKind>(source: number, kind: K, atNs: number, body: unknown, incarnation = 1): TelemetryMessage & { kind: K } {
    const key = `${source}/${incarnation}`;
    const sequence = (this.#sequences.get(key) ?? 0) + 1;
    this.#sequences.set(key, sequence);
    const header = { source, incarnation, destination: MONITOR, sequence, sentAtNs: atNs, deliverAtNs: atNs + 100_000 };
    const told = kind === "guestSample" ? { takenAtNs: atNs, ...(body as object) } : body;
    return { ...header, kind, body: told } as unknown as TelemetryMessage & { kind: K };
  }
}

/** The whole run's telemetry, in order of delivery. */
export function* fakeTelemetry(scenario: Scenario, links = new FakeLinks()): Generator<TelemetryMessage> {
  const random = new Random(scenario.seed, "fake", "telemetry");
  const seconds = scenario.durationNs / SECOND_NS;
  for (let second = 1; second <= seconds; second++) {
    const atNs = second * SECOND_NS;
    const load = 0.5 - 0.5 * cosine(second / seconds);
    for (let guest = 0; guest < scenario.guests.length; guest++) {
      const actor = FIRST_GUEST + guest;
      if (second === 1)
        yield links.message(actor, "eventRecord", 0, { kind: EventKind.EVENT_KIND_BOOT, subject: actor, amount: 1, detail: "" });
      yield links.message(actor, "guestSample", atNs, fakeSample(load, guest, random));
    }
    yield links.message(HYPERVISOR, "hostSample", atNs, fakeHost(scenario, load, second));
    if (second % 5 === 0)
      yield links.message(
        HYPERVISOR,
        "controlAction",
        atNs,
        fakeAction(atNs, FIRST_GUEST + (second % scenario.guests.length), second, random),
      );
    if (second === Math.floor(seconds / 2)) {
      const detail = "driver-stuck <vm-02>";
      const vm = FIRST_GUEST + Math.min(1, scenario.guests.length - 1);
      yield links.message(vm, "eventRecord", atNs, { kind: EventKind.EVENT_KIND_OOM_KILL, subject: vm, amount: 1, detail });
    }
  }
}

/** One period of a wave, without Math.cos' dependence on the platform. */
function cosine(turn: number): number {
  const x = 4 * Math.abs(turn - 0.5) - 1;
  return x * (1.5 - 0.5 * x * x);
}

/** A sample whose six kinds of memory sum to the VM's size. */
export function fakeSample(load: number, guest: number, random: Random): Omit<GuestSample, "takenAtNs"> {
  const balloonPages = Math.floor((0.6 - 0.5 * load) * SIZE * (guest % 2 === 0 ? 1 : 0.6));
  const anonymousPages = Math.floor((SIZE - balloonPages - 20_000) * (0.3 + 0.6 * load));
  const cacheDirtyPages = Math.floor(2_000 * load);
  const cacheCleanPages = Math.floor((SIZE - balloonPages - anonymousPages - 20_000 - cacheDirtyPages) * 0.7);
  const freePages = SIZE - 20_000 - balloonPages - anonymousPages - cacheDirtyPages - cacheCleanPages;
  const slow = 1 + (load > 0.6 ? (load - 0.6) * 20 * random.uniform() : 0);
  const latency = { bucket: [bucketOf(90_000), bucketOf(400_000), bucketOf(12_000_000)], count: [90 * load + 1, 9, load > 0.6 ? 2 : 0.5] };
  return {
    intervalNs: SECOND_NS,
    sizePages: SIZE,
    kernelPages: 20_000,
    balloonPages,
    freePages,
    perCpuPages: Math.floor(freePages / 10),
    swapCachePages: 0,
    anonymousPages,
    cacheCleanPages,
    cacheDirtyPages,
    swappedPages: Math.floor(50_000 * load),
    untouchedPages: 1000,
    hostSwappedPages: 0,
    compressedPages: 0,
    decompressedPages: 0,
    heldPages: SIZE - balloonPages - freePages,
    targetPages: SIZE - balloonPages - Math.floor(3000 * random.uniform()),
    balloonState: BalloonState.BALLOON_STATE_AT_TARGET,
    operations: 1000 / slow,
    unpressedOperations: 1000,
    accesses: 1e6,
    minorFaults: 100,
    majorFaults: 100 * load,
    swapInPages: load > 0.5 ? Math.floor(4000 * load * random.uniform()) : 0,
    swapOutPages: load > 0.5 ? Math.floor(3000 * load * random.uniform()) : 0,
    fileAccesses: 0,
    fileReadPages: 10,
    fileWritePages: 10,
    hostSwapInPages: 0,
    staleReadPages: 0,
    sharedPages: 0,
    refaultPages: 0,
    oomKills: 0,
    psiSomeNs: Math.floor(SECOND_NS * 0.4 * load),
    psiFullNs: Math.floor(SECOND_NS * 0.2 * load),
    stalledNs: 0,
    linkStallNs: 0,
    blockedNs: 0,
    faultLatency: latency,
    operationLatency: latency,
    lagNs: 2_000_000,
    messagesSent: 10,
    messagesReceived: 10,
    messagesRefused: 0,
    messagesMissed: 0,
    messageLatencyNs: 500_000,
  };
}

export function fakeHost(scenario: Scenario, load: number, second: number): HostSample {
  const machinePages = scenario.host.memoryPages;
  const freePages = Math.floor(machinePages * (0.3 - 0.27 * load));
  return {
    intervalNs: SECOND_NS,
    hostEpoch: 1,
    state: load > 0.9 ? HostState.HOST_STATE_HARD : load > 0.7 ? HostState.HOST_STATE_SOFT : HostState.HOST_STATE_HIGH,
    machinePages,
    reservedPages: 1000,
    residentPages: machinePages - 1000 - freePages,
    freePages,
    leases: scenario.guests.length,
    swapInPages: 0,
    swapOutPages: load > 0.9 ? 500 : 0,
    swappedPages: 0,
    sharedPages: 0,
    sharingPages: 0,
    poolPages: 0,
    pooledPages: 0,
    compressedPages: 0,
    decompressedPages: 0,
    spilledPages: 0,
    diskReads: 1000 * load,
    diskWrites: 500 * load,
    diskBusyNs: Math.floor(2 * SECOND_NS * load),
    diskQueueNs: Math.floor(8 * SECOND_NS * load),
    diskChannels: 2,
    targetsSet: second % 5 === 0 ? 1 : 0,
    lagNs: 2_000_000,
    messagesSent: 10,
    messagesReceived: 10,
    messagesRefused: 0,
    messagesMissed: 0,
    messageLatencyNs: 500_000,
  };
}

function fakeAction(atNs: number, guest: number, action: number, random: Random): unknown {
  const reclaimNs = random.below(400_000_000);
  return {
    guest,
    action,
    fromPages: 900_000,
    targetPages: 800_000,
    reachedPages: 800_000,
    completed: action % 3 !== 0,
    decidedAtNs: atNs - SECOND_NS,
    decideNs: 40_000,
    busNs: 100_000 + random.below(50_000),
    driverNs: 30_000_000,
    reclaimNs,
    swapIoNs: Math.floor(reclaimNs / 2),
    acknowledgeNs: 120_000,
    totalNs: 30_260_000 + reclaimNs,
  };
}
