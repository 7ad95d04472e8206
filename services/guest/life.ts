/**
 * One life of a guest: from its Hello until its lease ends. Its machine, its lease, its steps, and what it tells the host.
 */
import { type Context, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { GuestConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { BalloonState, EventKind, type SampleAccess, type SetTarget, type Welcome } from "../../lib/wire/messages.ts";
import { AccessCount } from "./access.ts";
import { releaseBalloon, wakeFlusher } from "./background.ts";
import type { DriverFaults } from "./balloon/faults.ts";
import type { Totals } from "./counters.ts";
import { FLUSH_NS } from "./flusher.ts";
import type { Latencies } from "./latency.ts";
import { Lease } from "./lease.ts";
import { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";
import { hasReportable, REPORTING_NS, reportFreePages } from "./reporting.ts";
import { Statistics } from "./statistics.ts";
import { Stepper } from "./stepper.ts";

/** A lost Hello or Inventory is sent again. */
const ASK_AGAIN_NS = SECOND_NS;

export class Life {
  readonly #config: GuestConfig;
  /** Counts the lives of this incarnation: a timer of an older one is stale. */
  readonly number: number;
  readonly machine: Machine;
  readonly lease = new Lease();
  readonly stepper: Stepper;
  readonly #statistics: Statistics;
  readonly #accesses: AccessCount;
  /** Timers of the flusher and of free page reporting are set. */
  #flushing = false;
  /** How much the flusher's next sleep is shortened; undefined before its first. */
  #flushEarlyNs: number | undefined;
  #reporting = false;

  constructor(
    scenario: Scenario,
    config: GuestConfig,
    totals: Totals,
    latencies: Latencies,
    faults: DriverFaults,
    nowNs: number,
    before?: Life,
  ) {
    this.#config = config;
    this.number = (before?.number ?? 0) + 1;
    this.machine = new Machine(config, totals, latencies, scenario.host, faults);
    this.stepper = new Stepper(scenario.stepNs, this.machine, this.lease, before?.stepper);
    this.#statistics = new Statistics(this.machine, nowNs);
    this.#accesses = new AccessCount(this.machine, nowNs - this.stepper.stoppedNs);
  }

  /** Says what the host must know first: a new guest, or what one of an earlier host epoch holds. */
  ask(context: Context): void {
    const { inventory, state } = this.lease;
    if (state === "open") return;
    if (inventory !== undefined) context.send(HYPERVISOR, "inventory", inventory);
    else context.send(HYPERVISOR, "hello", { sizePages: this.#config.sizePages });
    context.after(ASK_AGAIN_NS, "ask", this.number);
  }

  welcome(welcome: Welcome, context: Context): void {
    const first = this.lease.state === "greeting";
    if (!this.lease.open(welcome, this.machine)) return;
    // num_pages outlives a reset of the guest: the driver inflates to the old target once it is loaded (QEMU).
    const { targetPages, targetAction } = welcome;
    if (targetPages > 0 && targetAction > this.machine.balloon.action) this.machine.balloon.order(targetPages, targetAction, context.nowNs);
    if (first) context.after(this.#config.bootNs, "boot", this.number);
    this.settle(context);
  }

  inventory(hostEpoch: number, context: Context): void {
    const { lease } = this;
    if (lease.state === "greeting" || hostEpoch < lease.hostEpoch) return;
    if (lease.state === "open" && hostEpoch === lease.hostEpoch) return;
    this.stepper.bringTo(context);
    this.stepper.abandon(context);
    const waiting = lease.state === "reported";
    if (this.machine.balloon.rules.resets && !waiting) releaseBalloon(this.machine);
    const inventory = lease.report(hostEpoch, this.machine);
    if (waiting) context.send(HYPERVISOR, "inventory", inventory);
    else this.ask(context);
  }

  target(target: SetTarget, context: Context): void {
    const { balloon } = this.machine;
    if (this.lease.state !== "open" || target.action < balloon.action) return;
    this.stepper.bringTo(context);
    // The same one again: the host has not heard how far it has come.
    if (target.action === balloon.action) balloon.changed = true;
    else {
      this.stepper.disturb(context);
      balloon.order(target.targetPages, target.action, context.nowNs);
    }
    this.settle(context);
  }

  /** The host looks at its sample of accesses. */
  access(sample: SampleAccess, context: Context): void {
    if (this.lease.state !== "open") return;
    this.stepper.bringTo(context);
    const ranNs = context.nowNs - this.stepper.stoppedNs;
    context.send(HYPERVISOR, "accessSample", this.#accesses.look(sample, ranNs, context.random("access")));
    this.settle(context);
  }

  /** The host looks for pages equal to others'. */
  scan(pages: number, context: Context): void {
    if (this.lease.state !== "open") return;
    this.stepper.bringTo(context);
    this.machine.sharing.scan(pages, this.machine.totals.accesses);
    this.settle(context);
  }

  heartbeat(context: Context): void {
    if (this.lease.state !== "open") return;
    const { balloon } = this.machine;
    context.send(HYPERVISOR, "driverStats", this.#statistics.take(context.nowNs));
    if (balloon.state !== BalloonState.BALLOON_STATE_AT_TARGET) balloon.changed = true;
  }

  /** A timer of this life. */
  wake(timer: string, context: Context): void {
    if (timer === "ask") {
      this.ask(context);
      return;
    }
    this.stepper.bringTo(context);
    this.stepper.disturb(context);
    if (timer === "boot") this.machine.booted = true;
    else if (timer === "restart") this.machine.workload.running = true;
    else if (timer === "report") {
      this.#reporting = false;
      reportFreePages(this.machine);
    } else {
      this.#flushing = false;
      wakeFlusher(this.machine);
    }
  }

  /** After an event: tells what has happened in the machine, and begins to step if it has become busy. */
  settle(context: Context): void {
    this.#statistics.update(context.nowNs);
    this.#tell(context);
    this.#arm(context);
    this.stepper.rouse(context);
  }

  /** The kernel's own timers run only while there is something for them to do. */
  #arm(context: Context): void {
    if (!this.#flushing && this.machine.dirties) {
      this.#flushing = true;
      // Machines booted together do not flush together.
      this.#flushEarlyNs ??= context.random("flusher").below(FLUSH_NS / 5);
      context.after(FLUSH_NS - this.#flushEarlyNs, "flush", this.number);
      this.#flushEarlyNs = 0;
    }
    if (!this.#reporting && this.#config.driver.freePageReporting && hasReportable(this.machine)) {
      this.#reporting = true;
      context.after(REPORTING_NS, "report", this.number);
    }
  }

  #tell(context: Context): void {
    const { machine } = this;
    if (machine.started) {
      machine.started = false;
      tellEvent(EventKind.EVENT_KIND_BOOT, machine.memory.used(KERNEL), "", context);
    }
    if (machine.killed) {
      machine.killed = false;
      tellEvent(EventKind.EVENT_KIND_OOM_KILL, 1, "", context);
      context.after(this.#config.workload.restartNs, "restart", this.number);
    }
    if (!machine.balloon.changed || this.lease.state !== "open") return;
    machine.balloon.changed = false;
    if (machine.balloon.present) context.send(HYPERVISOR, "balloonReport", machine.balloon.report());
  }

  digest(hasher: Hasher): void {
    hasher.word(this.number);
    this.lease.digest(hasher);
    this.stepper.digest(hasher);
    this.machine.digest(hasher);
  }
}

/** Tells the monitor of an event in this guest. */
export function tellEvent(kind: number, amount: number, detail: string, context: Context): void {
  context.send(MONITOR, "eventRecord", { kind, subject: context.self, amount, detail });
}
