/**
 * The guest actor: one VM as the host and the monitor see it. Steps, messages and timers are here; what the machine does
 * in a step is machine.ts.
 */
import { type Actor, type ActorFactory, type Context, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert } from "../../lib/errors.ts";
import type { GuestConfig, PhaseConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { phasesOf } from "../../lib/scenario/series.ts";
import { SECOND_NS } from "../../lib/units.ts";
import {
  BalloonState,
  EventKind,
  FaultKind,
  type FaultOrder,
  type Message,
  type SetTarget,
  type Welcome,
} from "../../lib/wire/messages.ts";
import { drawTouched } from "./access.ts";
import { noTotals, type Totals } from "./counters.ts";
import { Latencies } from "./latency.ts";
import { Lease } from "./lease.ts";
import { Machine } from "./machine.ts";
import { REPORTING_NS, reportFreePages } from "./reporting.ts";
import { Sampler } from "./sample.ts";
import { statisticsOf } from "./statistics.ts";
import { Stepper } from "./stepper.ts";

/** A lost Hello or Inventory is sent again. */
const ASK_AGAIN_NS = SECOND_NS;

/** Makes the guest with that place in the scenario: actor FIRST_GUEST + index. */
export function guestFactory(scenario: Scenario, index: number): ActorFactory {
  const config = scenario.guests[index];
  assert(config !== undefined, `the scenario has a guest ${index}`);
  const phases = phasesOf(config.workload);
  return () => new Guest(scenario, config, phases, FIRST_GUEST + index);
}

class Guest implements Actor {
  readonly #scenario: Scenario;
  readonly #config: GuestConfig;
  readonly #phases: readonly PhaseConfig[];
  readonly #id: number;
  readonly #totals: Totals = noTotals();
  readonly #latencies = new Latencies();
  readonly #stuck = new Set<number>();
  #machine: Machine;
  #lease = new Lease();
  #stepper: Stepper;
  #sampler = new Sampler(0);
  #atBoot: Totals = noTotals();
  #phase = 0;
  /** Counts resets: a timer of before a reset is stale. */
  #life = 0;
  #sampledAtNs = 0;
  #sampledStallNs = 0;

  constructor(scenario: Scenario, config: GuestConfig, phases: readonly PhaseConfig[], id: number) {
    this.#scenario = scenario;
    this.#config = config;
    this.#phases = phases;
    this.#id = id;
    this.#machine = new Machine(config, this.#totals, this.#latencies);
    this.#stepper = new Stepper(scenario.stepNs, this.#machine, this.#lease);
  }

  start(context: Context): void {
    assert(context.self === this.#id, `guest "${this.#config.name}" runs as actor ${this.#id}`);
    this.#sampler = new Sampler(context.nowNs);
    this.#every(this.#scenario.sampleNs, "sample", context);
    this.#every(this.#scenario.host.statisticsNs, "statistics", context);
    this.#catchUp(context);
    this.#boot(context);
  }

  receive(message: Message, context: Context): void {
    switch (message.kind) {
      case "stepGrant":
        this.#lease.note(message.body);
        return;
      case "welcome":
        this.#welcome(message.body, context);
        return;
      case "setTarget":
        this.#target(message.body, context);
        return;
      case "sampleAccess":
        this.#access(message.body.pages, message.sequence, context);
        return;
      case "inventoryRequest":
        this.#inventory(message.body.hostEpoch, context);
        return;
      case "fenced":
        if (message.body.incarnation == null || message.body.incarnation >= context.incarnation) this.#reset(message.body.reason, context);
        return;
      case "faultOrder":
        this.#fault(message.body, context);
        return;
      default:
    }
  }

  wake(timer: string, data: number, context: Context): void {
    switch (timer) {
      case "step":
        this.#stepper.wake(data, context);
        break;
      case "sample":
        this.#stepper.bringTo(context);
        context.send(MONITOR, "guestSample", this.#sampler.take(this.#machine, context));
        this.#every(this.#scenario.sampleNs, timer, context);
        break;
      case "statistics":
        this.#heartbeat(context);
        this.#every(this.#scenario.host.statisticsNs, timer, context);
        break;
      case "heal":
        this.#heal(data);
        break;
      default:
        if (data === this.#life || timer === "phase") this.#ownTimer(timer, context);
    }
    this.#tell(context);
    this.#stepper.rouse(context);
  }

  /** Timers that a reset makes stale, and the phases. */
  #ownTimer(timer: string, context: Context): void {
    switch (timer) {
      case "ask":
        this.#ask(context);
        return;
      case "boot":
        this.#stepper.bringTo(context);
        this.#machine.booted = true;
        if (this.#config.driver.freePageReporting) context.after(REPORTING_NS, "report", this.#life);
        return;
      case "restart":
        this.#stepper.bringTo(context);
        this.#machine.workload.running = true;
        return;
      case "report":
        this.#stepper.bringTo(context);
        reportFreePages(this.#machine);
        context.after(REPORTING_NS, "report", this.#life);
        return;
      case "phase":
        this.#stepper.bringTo(context);
        this.#enterPhase(context);
    }
  }

  #boot(context: Context): void {
    this.#atBoot = { ...this.#totals };
    this.#ask(context);
  }

  #ask(context: Context): void {
    const { inventory, state } = this.#lease;
    if (state === "open") return;
    if (inventory !== undefined) context.send(HYPERVISOR, "inventory", inventory);
    else context.send(HYPERVISOR, "hello", { sizePages: this.#config.sizePages });
    context.after(ASK_AGAIN_NS, "ask", this.#life);
  }

  #welcome(welcome: Welcome, context: Context): void {
    const first = this.#lease.state === "greeting";
    if (!this.#lease.open(welcome, this.#machine)) return;
    const { balloon } = this.#machine;
    // num_pages outlives a reset of the guest: the driver inflates to the old target when it is loaded (QEMU).
    if (welcome.targetPages > 0 && welcome.targetAction >= balloon.action)
      balloon.order(welcome.targetPages, welcome.targetAction, context.nowNs);
    if (first) context.after(this.#config.bootNs, "boot", this.#life);
    this.#tell(context);
    this.#stepper.rouse(context);
  }

  #target(target: SetTarget, context: Context): void {
    if (this.#lease.state !== "open" || target.action <= this.#machine.balloon.action) return;
    this.#stepper.bringTo(context);
    this.#machine.balloon.order(target.targetPages, target.action, context.nowNs);
    this.#tell(context);
    this.#stepper.rouse(context);
  }

  #access(pages: number, sequence: number, context: Context): void {
    if (this.#lease.state !== "open") return;
    this.#stepper.bringTo(context);
    const wallNs = context.nowNs - this.#sampledAtNs;
    const touched = drawTouched(this.#machine, pages, wallNs, context.random("access"));
    const periodNs = Math.max(0, wallNs - (this.#stepper.stoppedNs - this.#sampledStallNs));
    this.#sampledAtNs = context.nowNs;
    this.#sampledStallNs = this.#stepper.stoppedNs;
    context.send(HYPERVISOR, "accessSample", { pages, touched, periodNs: Math.round(periodNs) }, sequence);
    this.#tell(context);
  }

  #inventory(hostEpoch: number, context: Context): void {
    if (this.#lease.state === "greeting" || hostEpoch < this.#lease.hostEpoch) return;
    this.#stepper.bringTo(context);
    this.#stepper.abandon(context);
    const asked = this.#lease.state === "reported";
    context.send(HYPERVISOR, "inventory", this.#lease.report(hostEpoch, this.#machine));
    if (!asked && this.#lease.state === "reported") context.after(ASK_AGAIN_NS, "ask", this.#life);
  }

  /** The lease has ended and the pages with it: the guest boots anew, in place. */
  #reset(reason: string, context: Context): void {
    if (this.#lease.state === "greeting") return;
    this.#life++;
    this.#lease = new Lease();
    this.#machine = new Machine(this.#config, this.#totals, this.#latencies);
    this.#machine.balloon.stuck = this.#stuck.size > 0;
    this.#stepper = new Stepper(this.#scenario.stepNs, this.#machine, this.#lease, this.#stepper);
    for (let i = 0; i < this.#phase; i++) this.#machine.enter(this.#phases[i] as PhaseConfig);
    this.#sampledAtNs = context.nowNs;
    this.#event(EventKind.EVENT_KIND_LEASE_ENDED, 0, reason, context);
    this.#boot(context);
  }

  #heartbeat(context: Context): void {
    this.#stepper.bringTo(context);
    if (this.#lease.state !== "open") return;
    const { balloon } = this.#machine;
    context.send(HYPERVISOR, "driverStats", statisticsOf(this.#machine, this.#atBoot, context.nowNs));
    if (balloon.state !== BalloonState.BALLOON_STATE_AT_TARGET) balloon.changed = true;
  }

  #fault(order: FaultOrder, context: Context): void {
    if (order.kind !== FaultKind.FAULT_KIND_DRIVER_STUCK) return;
    this.#stepper.bringTo(context);
    if (!order.active) this.#heal(order.fault);
    else {
      this.#stuck.add(order.fault);
      this.#machine.balloon.stuck = true;
      if (order.durationNs > 0) context.after(order.durationNs, "heal", order.fault);
    }
    this.#stepper.rouse(context);
  }

  #heal(fault: number): void {
    this.#stuck.delete(fault);
    this.#machine.balloon.stuck = this.#stuck.size > 0;
  }

  /** A guest that starts late takes over the phases that have been. */
  #catchUp(context: Context): void {
    for (; this.#phaseDue(context.nowNs); this.#phase++) this.#machine.enter(this.#phases[this.#phase] as PhaseConfig);
    this.#awaitPhase(context);
  }

  #enterPhase(context: Context): void {
    for (; this.#phaseDue(context.nowNs); this.#phase++) {
      const phase = this.#phases[this.#phase] as PhaseConfig;
      this.#machine.enter(phase);
      this.#event(EventKind.EVENT_KIND_PHASE, this.#phase, phase.name, context);
    }
    this.#awaitPhase(context);
  }

  #phaseDue(nowNs: number): boolean {
    const phase = this.#phases[this.#phase];
    return phase !== undefined && phase.atNs <= nowNs;
  }

  #awaitPhase(context: Context): void {
    const next = this.#phases[this.#phase];
    if (next !== undefined) context.after(next.atNs - context.nowNs, "phase", this.#phase);
  }

  /** Sends what the machine has to say after an event. */
  #tell(context: Context): void {
    const machine = this.#machine;
    if (machine.started) {
      machine.started = false;
      this.#event(EventKind.EVENT_KIND_BOOT, machine.memory.used(0), "", context);
    }
    if (machine.killed) {
      machine.killed = false;
      this.#event(EventKind.EVENT_KIND_OOM_KILL, 1, "", context);
      context.after(this.#config.workload.restartNs, "restart", this.#life);
    }
    if (machine.balloon.changed && this.#lease.state === "open") {
      machine.balloon.changed = false;
      if (this.#config.driver.kind !== "none") context.send(HYPERVISOR, "balloonReport", machine.balloon.report());
    }
  }

  #event(kind: number, amount: number, detail: string, context: Context): void {
    context.send(MONITOR, "eventRecord", { kind, subject: this.#id, amount, detail });
  }

  /** Sets a timer at the next multiple of the interval. */
  #every(intervalNs: number, timer: string, context: Context): void {
    context.after((Math.floor(context.nowNs / intervalNs) + 1) * intervalNs - context.nowNs, timer, this.#life);
  }

  audit(): void {
    this.#machine.audit();
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#life);
    hasher.word(this.#phase);
    this.#lease.digest(hasher);
    this.#stepper.digest(hasher);
    this.#machine.digest(hasher);
  }
}
