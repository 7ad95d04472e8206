/** A small host for tests of the guest: an exact ledger, a disk that answers with fixed figures, and a monitor that listens. */
import { type Actor, CONDUCTOR, type Context, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { type CompressionConfig, poolOf } from "../../lib/scenario/compression.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { GuestConfig, Scenario } from "../../lib/scenario/scenario.ts";
import type { Body, EventRecord, FaultOrder, GuestSample, Message, StepDemand, StepGrant } from "../../lib/wire/messages.ts";
import { guestFactory } from "../../services/guest/guest.ts";
import { CompressedPool } from "../../services/hypervisor/compressedpool.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";
import { SharePool } from "../../services/hypervisor/sharepool.ts";

export interface HostOptions {
  machinePages: number;
  stepNs: number;
  serviceNs: number;
  waitProbability: number;
  waitNs: number;
  /** Pages that the disk writes per second. */
  writePagesPerS: number;
  /** What the host does, by time; run at the ticks. */
  act?: (host: FakeHost, nowNs: number, context: Context) => void;
}

export class FakeHost implements Actor {
  readonly options: HostOptions;
  readonly ledger: Ledger;
  readonly sharing: SharePool;
  readonly pool: CompressedPool | undefined;
  epoch = 1;
  silent = false;
  blocked = false;
  target = { action: 0, pages: 0 };
  demands: StepDemand[] = [];
  reports: Message[] = [];
  stats: Body<"driverStats">[] = [];
  accesses: Body<"accessSample">[] = [];
  inventories: Body<"inventory">[] = [];
  hellos = 0;
  refused = 0;
  #pending: StepDemand | undefined;
  #context: Context | undefined;

  constructor(options: HostOptions, guest: GuestConfig, compression?: CompressionConfig) {
    this.options = options;
    this.ledger = new Ledger({ machinePages: options.machinePages, reservedPages: 0, overheadPagesPerVm: 0, vms: 1 });
    this.sharing = new SharePool(this.ledger, [guest]);
    this.pool = compression === undefined ? undefined : new CompressedPool(this.ledger, [guest], compression);
  }

  start(context: Context): void {
    this.#context = context;
    context.after(this.options.stepNs / 4, "tick");
  }

  get context(): Context {
    return this.#context as Context;
  }

  receive(message: Message, context: Context): void {
    switch (message.kind) {
      case "hello":
        this.hellos++;
        if (this.silent) return;
        this.#pending = undefined;
        this.close();
        this.ledger.open(0, 0);
        this.welcome(context);
        return;
      case "inventory":
        this.inventories.push(message.body);
        if (message.body.hostEpoch !== this.epoch || this.ledger.isOpen(0)) return;
        this.close();
        this.ledger.open(0, message.body.heldPages);
        this.pool?.restore(0, message.body.compressedPages ?? 0);
        this.share(message.body.shared);
        this.welcome(context);
        return;
      case "stepDemand":
        if (message.body.hostEpoch !== this.epoch) return;
        if (!this.ledger.isOpen(0)) return;
        this.#pending = message.body;
        this.demands.push(message.body);
        if (!this.ledger.settle(0, message.body.releasedTotalPages, message.body.evictedSeenTotalPages)) this.refused++;
        this.pool?.settle(0, message.body.compressed);
        this.share(message.body.shared);
        return;
      case "balloonReport":
        this.reports.push(message);
        return;
      case "driverStats":
        this.stats.push(message.body);
        return;
      case "accessSample":
        this.accesses.push(message.body);
        return;
      default:
    }
  }

  welcome(context: Context): void {
    const body = {
      hostEpoch: this.epoch,
      grantedTotalPages: this.ledger.grantedTotal(0),
      evictedTotalPages: this.ledger.evictedTotal(0),
      targetAction: this.target.action,
      targetPages: this.target.pages,
      compression: this.pool?.told(0),
    };
    context.send(FIRST_GUEST, "welcome", body);
  }

  setTarget(pages: number): void {
    this.target = { action: this.target.action + 1, pages };
    const nowNs = this.context.nowNs;
    this.context.send(FIRST_GUEST, "setTarget", { action: this.target.action, targetPages: pages, decidedAtNs: nowNs, decideNs: 0 });
  }

  evict(pages: number): void {
    const evicted = Math.min(pages, this.ledger.resident(0));
    this.ledger.evict(0, evicted);
    const { pool } = this;
    if (pool === undefined) return;
    const stored = pool.fitting(0, evicted);
    pool.add(0, stored, Math.min(pool.held(0), Math.max(0, stored - pool.room(0))));
  }

  /** The guest's lease is over, and with it all that it had. */
  close(): void {
    this.ledger.close(0);
    this.pool?.drop(0);
    this.share(null);
  }

  share(shared: StepDemand["shared"]): void {
    this.sharing.set(0, shared);
    this.sharing.settle();
  }

  /** Looks at so many of the guest's pages for equal ones. */
  scan(pages: number): void {
    this.context.send(FIRST_GUEST, "scanContents", { pages });
  }

  /** Forgets its ledger, as a host that starts again does, and asks what the guest holds. */
  restart(): void {
    this.epoch++;
    this.#pending = undefined;
    this.close();
    this.context.send(FIRST_GUEST, "inventoryRequest", { hostEpoch: this.epoch });
  }

  wake(_timer: string, _data: number, context: Context): void {
    const { stepNs } = this.options;
    // A tick that is late does not put off the next one.
    context.after(stepNs - ((context.nowNs - stepNs / 4) % stepNs), "tick");
    this.options.act?.(this, context.nowNs, context);
    if (this.silent) return;
    const demand = this.#pending;
    this.#pending = undefined;
    if (demand !== undefined) this.grant(demand, context);
  }

  grant(demand: StepDemand, context: Context): void {
    const { serviceNs, waitProbability, waitNs, writePagesPerS } = this.options;
    const want = Math.max(0, demand.wantedTotalPages - this.ledger.grantedTotal(0));
    this.ledger.grant(0, Math.min(want, this.ledger.freePages));
    const asked = demand.swapWritePagesPerS + demand.fileWritePagesPerS;
    context.send(FIRST_GUEST, "stepGrant", {
      ...this.standing(),
      step: demand.step,
      readsPerS: demand.threads > 0 ? 1 : 0,
      serviceNs,
      serviceVariation: 0,
      waitProbability,
      waitNs,
      writeShare: asked > 0 ? Math.min(1, writePagesPerS / asked) : 1,
      diskUtilisation: 0,
      blocked: this.blocked,
    });
  }

  standing(): StepGrant {
    const none = {
      readsPerS: 0,
      serviceNs: 0,
      serviceVariation: 0,
      waitProbability: 0,
      waitNs: 0,
      waitShape: [],
      writeShare: 0,
      diskUtilisation: 0,
      blocked: false,
    };
    return {
      hostEpoch: this.epoch,
      step: 0,
      grantedTotalPages: this.ledger.grantedTotal(0),
      evictedTotalPages: this.ledger.evictedTotal(0),
      compression: this.pool?.told(0),
      ...none,
    };
  }

  digest(hasher: Hasher): void {
    this.ledger.digest(hasher);
  }

  audit(): void {
    this.ledger.audit();
    this.pool?.audit();
  }
}

export class FakeMonitor implements Actor {
  readonly samples: GuestSample[] = [];
  readonly events: EventRecord[] = [];

  start(): void {}
  wake(): void {}
  digest(): void {}

  receive(message: Message): void {
    if (message.kind === "guestSample") this.samples.push(message.body);
    if (message.kind === "eventRecord") this.events.push(message.body);
  }

  sum(name: keyof GuestSample, from = 0, to = this.samples.length): number {
    return this.samples.slice(from, to).reduce((sum, sample) => sum + (sample[name] as number), 0);
  }

  get last(): GuestSample {
    return this.samples.at(-1) as GuestSample;
  }
}

export const STEP_NS = 100_000_000;

export const CALM_HOST: HostOptions = {
  machinePages: 1 << 22,
  stepNs: STEP_NS,
  serviceNs: 100_000,
  waitProbability: 0.2,
  waitNs: 80_000,
  writePagesPerS: 50_000,
};

export function guestOf(change: Partial<GuestConfig> = {}): GuestConfig {
  return {
    name: "vm0",
    group: "vm",
    sizePages: 262_144,
    minimumPages: 65_536,
    shares: 1000,
    kernelPages: 16_384,
    swapPages: 262_144,
    swappiness: 60,
    pageCluster: 3,
    replacement: { anonymous: "lru", file: "lru" },
    creditPages: 256,
    bootNs: 1_000_000_000,
    driver: {
      kind: "virtio",
      inflatePagesPerS: 249_036,
      inflateUntouchedPagesPerS: 249_036,
      deflatePagesPerS: 602_931,
      deflateOnOom: false,
      freePageReporting: false,
    },
    workload: {
      threads: 4,
      thinkNs: 200_000,
      touches: 10,
      restartNs: 5_000_000_000,
      phases: [],
      regions: [{ name: "heap", kind: "anonymous", pages: 131_072, law: { kind: "zipf", exponent: 0.8 }, writes: 0.3, weight: 1 }],
    },
    ...change,
  };
}

/** What guests read of their host. */
export const HOST = { name: "host", statisticsNs: 1_000_000_000, hostSwapVictims: "random" } as Scenario["host"];

export function scenarioOf(guest: GuestConfig, change: Partial<Scenario> = {}): Scenario {
  return {
    name: "test",
    description: "",
    seed: 7,
    durationNs: 600e9,
    speed: 1,
    stepNs: STEP_NS,
    sampleNs: 1_000_000_000,
    network: { latencyNs: 50_000, jitterNs: 0 },
    host: HOST,
    guests: [guest],
    faults: [],
    convergenceNs: 60e9,
    ...change,
  };
}

export interface Bench {
  readonly kernel: Kernel;
  readonly host: FakeHost;
  readonly monitor: FakeMonitor;
  /** Runs to `atS` seconds. */
  to(atS: number): Bench;
  fault(atS: number, order: Partial<FaultOrder>, destination?: number): void;
}

export function benchOf(guest: GuestConfig, options: Partial<HostOptions> = {}, change: Partial<Scenario> = {}): Bench {
  const scenario = scenarioOf(guest, change);
  const host = new FakeHost({ ...CALM_HOST, stepNs: scenario.stepNs, ...options }, guest, poolOf(scenario.host));
  const monitor = new FakeMonitor();
  const kernel = new Kernel({ seed: scenario.seed, timing: scenario.network, roster: rosterOf(scenario), digest: true });
  kernel.add(CONDUCTOR, () => new FakeMonitor());
  kernel.add(MONITOR, () => monitor);
  kernel.add(HYPERVISOR, () => host);
  kernel.add(FIRST_GUEST, guestFactory(scenario, 0));
  kernel.begin();
  let faults = 0;
  const bench: Bench = {
    kernel,
    host,
    monitor,
    to(atS) {
      // Messages that were sent at that time have arrived.
      kernel.runUntil(atS * 1e9 + 1e6);
      return bench;
    },
    fault(atS, order, destination = FIRST_GUEST) {
      const whole = { fault: 1, kind: 0, active: true, peer: 0, allPeers: false, amount: 1, delayNs: 0, durationNs: 0, ...order };
      kernel.schedule(atS * 1e9, destination, whole, ++faults);
    },
  };
  return bench;
}
