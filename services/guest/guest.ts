/**
 * The guest actor: one VM as the conductor, the host and the monitor see it. It hands messages and timers to its present
 * life; phases and faults go on beyond it.
 */
import { type Actor, type ActorFactory, type Context, FIRST_GUEST, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert } from "../../lib/errors.ts";
import type { GuestConfig, PhaseConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { phasesOf } from "../../lib/scenario/series.ts";
import { isDriverFault } from "../../lib/wire/driverfaults.ts";
import { EventKind, type FaultOrder, type GuestSample, type Message } from "../../lib/wire/messages.ts";
import { releaseBalloon } from "./background.ts";
import { DriverFaults, turnsTheBalloon } from "./balloon/faults.ts";
import { noTotals, type Totals } from "./counters.ts";
import { Latencies } from "./latency.ts";
import { Life, tellEvent } from "./life.ts";
import { Phases } from "./phases.ts";
import { Sampler } from "./sample.ts";
import { Timetable } from "./timetable.ts";

/** Makes the guest with that place in the scenario: actor FIRST_GUEST + index. */
export function guestFactory(scenario: Scenario, index: number): ActorFactory {
  const config = scenario.guests[index];
  assert(config !== undefined, () => `the scenario has a guest ${index}`);
  const phases = phasesOf(config.workload);
  return () => new Guest(scenario, index, config, phases);
}

class Guest implements Actor {
  readonly #scenario: Scenario;
  readonly #config: GuestConfig;
  readonly #phases: Phases;
  readonly #totals: Totals = noTotals();
  readonly #latencies = new Latencies();
  readonly #sampler = new Sampler();
  readonly #faults = new DriverFaults();
  readonly #timetable: Timetable;
  /** Taken and not told yet. */
  #sample: GuestSample | undefined;
  #life: Life;

  constructor(scenario: Scenario, index: number, config: GuestConfig, phases: readonly PhaseConfig[]) {
    this.#scenario = scenario;
    this.#config = config;
    this.#timetable = new Timetable(scenario, index);
    this.#phases = new Phases(phases);
    this.#life = new Life(scenario, config, this.#totals, this.#latencies, this.#faults, 0);
  }

  start(context: Context): void {
    const guest = this.#scenario.guests[context.self - FIRST_GUEST];
    assert(guest?.name === this.#config.name, () => `guest "${this.#config.name}" runs as the actor of its place in the roster`);
    this.#life = new Life(this.#scenario, this.#config, this.#totals, this.#latencies, this.#faults, context.nowNs);
    this.#life.stepper.bringTo(context);
    this.#sampler.start(context.nowNs);
    this.#timetable.start(context.nowNs);
    this.#awaitTelling(context);
    // A guest that starts late takes over the phases that have been.
    this.#phases.enter(this.#life.machine, context.nowNs, () => {});
    this.#awaitPhase(context);
    this.#life.ask(context);
  }

  receive(message: Message, context: Context): void {
    const life = this.#life;
    switch (message.kind) {
      case "stepGrant":
        life.lease.note(message.body);
        return;
      case "welcome":
        life.welcome(message.body, context);
        return;
      case "setTarget":
        life.target(message.body, context);
        return;
      case "sampleAccess":
        life.access(message.body, context);
        return;
      case "scanContents":
        life.scan(message.body.pages, context);
        return;
      case "inventoryRequest":
        life.inventory(message.body.hostEpoch, context);
        return;
      case "fenced":
        if ((message.body.incarnation ?? context.incarnation) >= context.incarnation) this.#reset(message.body.reason, context);
        return;
      case "faultOrder":
        this.#fault(message.body, context);
        return;
      default:
    }
  }

  wake(timer: string, data: number, context: Context): void {
    const life = this.#life;
    switch (timer) {
      case "step":
        life.stepper.wake(data, context);
        break;
      case "tell":
        this.#tell(context);
        break;
      case "phase":
        this.#enterPhases(context);
        break;
      default:
        if (data === life.number) life.wake(timer, context);
    }
    life.settle(context);
  }

  /** The lease has ended and the pages with it: the guest boots anew, in place. */
  #reset(reason: string, context: Context): void {
    const before = this.#life;
    if (before.lease.state === "greeting") return;
    before.stepper.bringTo(context);
    this.#life = new Life(this.#scenario, this.#config, this.#totals, this.#latencies, this.#faults, context.nowNs, before);
    this.#phases.replay(this.#life.machine);
    tellEvent(EventKind.EVENT_KIND_LEASE_ENDED, 0, reason, context);
    this.#life.ask(context);
  }

  #enterPhases(context: Context): void {
    this.#life.stepper.bringTo(context);
    this.#life.stepper.disturb(context);
    this.#phases.enter(this.#life.machine, context.nowNs, (phase, index) =>
      tellEvent(EventKind.EVENT_KIND_PHASE, index, phase.name, context),
    );
    this.#awaitPhase(context);
  }

  #awaitPhase(context: Context): void {
    const { nextAtNs } = this.#phases;
    if (nextAtNs < Number.POSITIVE_INFINITY) context.after(nextAtNs - context.nowNs, "phase");
  }

  #fault(order: FaultOrder, context: Context): void {
    if (!isDriverFault(order.kind)) return;
    this.#life.stepper.bringTo(context);
    this.#life.stepper.disturb(context);
    this.#faults.note(order);
    const { machine } = this.#life;
    // A driver that goes gives everything back (virtballoon_remove()).
    if (this.#faults.missing) releaseBalloon(machine);
    if (turnsTheBalloon(order.kind)) machine.balloon.look();
    this.#life.settle(context);
  }

  /** What is due: the sample, the telling of the last one, the host's statistics. */
  #tell(context: Context): void {
    const { nowNs } = context;
    const timetable = this.#timetable;
    this.#life.stepper.bringTo(context);
    if (nowNs >= timetable.tellAtNs) this.#tellSample(context);
    if (nowNs >= timetable.sampleAtNs) {
      this.#sample = this.#sampler.take(this.#life.machine, context);
      timetable.sampleTaken(nowNs);
      if (nowNs >= timetable.tellAtNs) this.#tellSample(context);
    }
    if (nowNs >= timetable.statisticsAtNs) {
      timetable.statisticsTold(nowNs);
      this.#life.heartbeat(context);
    }
    this.#awaitTelling(context);
  }

  #tellSample(context: Context): void {
    if (this.#sample !== undefined) context.send(MONITOR, "guestSample", this.#sample);
    this.#sample = undefined;
    this.#timetable.sampleTold();
  }

  #awaitTelling(context: Context): void {
    context.after(this.#timetable.nextNs - context.nowNs, "tell");
  }

  audit(): void {
    this.#life.machine.audit();
  }

  digest(hasher: Hasher): void {
    this.#phases.digest(hasher);
    this.#life.digest(hasher);
  }
}
