/** A host with scripted guests in one kernel, for the hypervisor's tests. */
import { type Actor, type ActorFactory, type Context, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { GuestConfig, HostConfig, Scenario } from "../../lib/scenario/scenario.ts";
import type { Body, Kind, Message, StepDemand } from "../../lib/wire/messages.ts";
import { hypervisorFactory } from "../../services/hypervisor/hypervisor.ts";

export const MS = 1_000_000;
export const S = 1_000_000_000;
export const STEP_NS = 100 * MS;
/** Of the host, after each step's start. */
export const TICK_NS = (STEP_NS * 5) / 8;

export function guestConfig(name: string, change: Partial<GuestConfig> = {}): GuestConfig {
  return {
    name,
    group: "vm",
    sizePages: 10_000,
    minimumPages: 2_000,
    shares: 1000,
    kernelPages: 100,
    swapPages: 10_000,
    swappiness: 60,
    pageCluster: 3,
    replacement: { anonymous: "lru", file: "lru" },
    creditPages: 64,
    bootNs: 0,
    driver: {
      kind: "virtio",
      inflatePagesPerS: 1e5,
      inflateUntouchedPagesPerS: 1e5,
      deflatePagesPerS: 1e5,
      deflateOnOom: true,
      freePageReporting: false,
    },
    workload: { threads: 1, thinkNs: 1000, touches: 1, regions: [], phases: [], restartNs: 0 },
    ...change,
  };
}

export function scenarioOf(guests: readonly GuestConfig[], host: Partial<HostConfig> = {}): Scenario {
  return {
    name: "test",
    description: "",
    seed: 1,
    durationNs: 100 * S,
    speed: 1,
    stepNs: STEP_NS,
    sampleNs: S,
    network: { latencyNs: MS, jitterNs: 0 },
    host: {
      name: "host",
      memoryPages: 30_000,
      reservedPages: 1_000,
      overheadPagesPerVm: 100,
      swapPages: 100_000,
      leaseNs: 5 * S,
      statisticsNs: S,
      hostSwap: true,
      hostSwapVictims: "random",
      shareScanPagesPerS: 0,
      states: { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 },
      disk: DISK_PRESETS["sata-ssd"],
      policy: { name: "none", options: {} },
      ...host,
    },
    guests,
    faults: [],
    convergenceNs: 10 * S,
  };
}

/** A demand that wants nothing, changed as given. */
export function demandOf(hostEpoch: number, step: number, change: Partial<StepDemand> = {}): StepDemand {
  return {
    hostEpoch,
    step,
    wantedTotalPages: 0,
    releasedTotalPages: 0,
    evictedSeenTotalPages: 0,
    threads: 0,
    thinkNs: 0,
    swapReadShare: 0,
    fileReadShare: 0,
    hostSwapReadShare: 0,
    pagesPerSwapRead: 1,
    pagesPerFileRead: 1,
    swapWritePagesPerS: 0,
    fileWritePagesPerS: 0,
    hostSwappedPages: 0,
    hostReadTotalPages: 0,
    ...change,
  };
}

/** What an actor got: time, sender and body, by kind. */
export class Mailbox {
  readonly messages: Message[] = [];

  of<K extends Kind>(kind: K, source?: number): (Readonly<Body<K>> & { atNs: number })[] {
    const found: (Readonly<Body<K>> & { atNs: number })[] = [];
    for (const message of this.messages) {
      if (message.kind !== kind || (source !== undefined && message.source !== source)) continue;
      found.push({ ...(message.body as Readonly<Body<K>>), atNs: message.deliverAtNs });
    }
    return found;
  }

  last<K extends Kind>(kind: K): (Readonly<Body<K>> & { atNs: number }) | undefined {
    return this.of(kind).at(-1);
  }
}

/** Says and does what the test's script says; keeps what it receives. */
export interface Script {
  /** At boot, and then at each step's start. */
  step?(guest: ScriptedGuest, context: Context): void;
  receive?(guest: ScriptedGuest, message: Message, context: Context): void;
}

export class ScriptedGuest implements Actor {
  readonly incarnation: number;
  readonly mailbox: Mailbox;
  readonly #script: Script;
  /** Host epoch of the newest Welcome, 0 before it. */
  epoch = 0;
  granted = 0;
  evicted = 0;
  released = 0;
  steps = 0;

  constructor(incarnation: number, script: Script, mailbox: Mailbox) {
    this.incarnation = incarnation;
    this.#script = script;
    this.mailbox = mailbox;
  }

  get held(): number {
    return this.granted - this.released - this.evicted;
  }

  start(context: Context): void {
    context.send(HYPERVISOR, "hello", { sizePages: 10_000 });
    context.after(STEP_NS - (context.nowNs % STEP_NS), "step");
  }

  receive(message: Message, context: Context): void {
    this.mailbox.messages.push(message);
    if (message.kind === "welcome") {
      this.epoch = message.body.hostEpoch;
      this.granted = message.body.grantedTotalPages;
      this.evicted = message.body.evictedTotalPages;
      this.released = 0;
    } else if (message.kind === "stepGrant" && message.body.hostEpoch === this.epoch) {
      this.granted = message.body.grantedTotalPages;
      this.evicted = message.body.evictedTotalPages;
    }
    this.#script.receive?.(this, message, context);
  }

  wake(_timer: string, _data: number, context: Context): void {
    this.steps++;
    this.#script.step?.(this, context);
    context.after(STEP_NS, "step");
  }

  digest(): void {}

  /** Asks for `pages` more than what was granted. */
  demand(context: Context, pages: number, change: Partial<StepDemand> = {}): void {
    const totals = { wantedTotalPages: this.granted + pages, releasedTotalPages: this.released, evictedSeenTotalPages: this.evicted };
    context.send(HYPERVISOR, "stepDemand", demandOf(this.epoch, Math.floor(context.nowNs / STEP_NS), { ...totals, ...change }));
  }

  stats(context: Context, actualPages = 10_000, action = 0): void {
    context.send(HYPERVISOR, "driverStats", { actualPages, takenAtNs: context.nowNs, action });
  }
}

export class World {
  readonly kernel: Kernel;
  readonly monitor = new Mailbox();
  readonly guests: Mailbox[];
  readonly scenario: Scenario;

  constructor(scenario: Scenario, scripts: readonly Script[], factory: ActorFactory = hypervisorFactory(scenario)) {
    this.scenario = scenario;
    this.kernel = new Kernel({ seed: 1, timing: scenario.network, roster: rosterOf(scenario), digest: true });
    this.kernel.add(MONITOR, () => listener(this.monitor));
    this.kernel.add(HYPERVISOR, factory);
    this.guests = scripts.map(() => new Mailbox());
    scripts.forEach((script, vm) => {
      this.kernel.add(FIRST_GUEST + vm, (incarnation) => new ScriptedGuest(incarnation, script, this.guests[vm] as Mailbox));
    });
    this.kernel.begin();
  }

  guest(vm: number): ScriptedGuest {
    return this.kernel.slot(FIRST_GUEST + vm)?.actor as ScriptedGuest;
  }

  run(untilNs: number): this {
    this.kernel.runUntil(untilNs);
    return this;
  }

  fault(atNs: number, actor: number, fault: number, kind: number, active: boolean, change: object = {}): void {
    const order = { fault, kind, active, peer: 0, allPeers: true, amount: 1, delayNs: 0, durationNs: 0, ...change };
    this.kernel.schedule(atNs, actor, order, fault * 2 + (active ? 0 : 1));
  }
}

function listener(mailbox: Mailbox): Actor {
  return { start() {}, receive: (message) => void mailbox.messages.push(message), wake() {}, digest() {} };
}
