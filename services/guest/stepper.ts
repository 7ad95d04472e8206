/**
 * The step protocol (docs/architecture.md): at a step's start commit the step that ends, with what was granted, and send
 * the demand of the next. A guest in which nothing can change sets no timer; its operations are made up for when someone
 * asks.
 */
import { type Context, HYPERVISOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { nextMultipleNs, SECOND_NS } from "../../lib/units.ts";
import type { StepDemand, StepGrant } from "../../lib/wire/messages.ts";
import { Coast } from "./coast.ts";
import { demandOf } from "./demand.ts";
import type { Lease } from "./lease.ts";
import type { Machine } from "./machine.ts";
import { leftOf } from "./outpages.ts";

export class Stepper {
  readonly #stepNs: number;
  readonly #machine: Machine;
  readonly #lease: Lease;
  readonly #coast: Coast;
  /** The machine's state is that of this time. */
  #stateAtNs = 0;
  /** Number of the newest step timer; older ones are stale. */
  #timer = 0;
  /** When it goes off; Infinity: none is set. */
  #dueAtNs = Number.POSITIVE_INFINITY;
  #demanded: StepDemand | undefined;
  /** Time in which the host did not let the guest run. */
  stoppedNs = 0;

  /** `before`: the stepper of the machine that this one replaces. */
  constructor(stepNs: number, machine: Machine, lease: Lease, before?: Stepper) {
    this.#stepNs = stepNs;
    this.#machine = machine;
    this.#lease = lease;
    this.#coast = new Coast(stepNs, machine, lease);
    if (before === undefined) return;
    this.#stateAtNs = before.#stateAtNs;
    this.#timer = before.#timer + 1;
    this.stoppedNs = before.stoppedNs;
  }

  /**
   * Brings the machine's state to now, as far as that can be known: a step under way ends with its grant. One that is over is ended here,
   * whichever of the timers that are late on the wall clock comes first.
   */
  bringTo(context: Context): void {
    if (this.#dueAtNs <= context.nowNs) {
      this.#due(context);
      return;
    }
    if (this.#lease.step >= 0) {
      if (!this.#coast.onlyReads) this.#advance(context);
      return;
    }
    if (this.#lease.state === "open") this.#lease.take(this.#machine);
    this.#idle(context.nowNs);
  }

  /** The step timer. */
  wake(timer: number, context: Context): void {
    if (timer === this.#timer && this.#dueAtNs !== Number.POSITIVE_INFINITY) this.#due(context);
  }

  /** Something comes from outside: a demand that stands ends at the next step's start. */
  disturb(context: Context): void {
    this.#advance(context);
    this.#coast.disturbed = true;
  }

  /** Begins to step if the guest has become busy: at once at a step's start, else at the next one. */
  rouse(context: Context): void {
    if (this.#lease.state !== "open") return;
    const nextNs = nextMultipleNs(context.nowNs, this.#stepNs);
    if (this.#dueAtNs !== Number.POSITIVE_INFINITY) {
      if (this.#dueAtNs > nextNs && this.#coast.disturbed) this.#schedule(nextNs, context);
    } else if (this.#resting()) return;
    else if (context.nowNs % this.#stepNs === 0) this.#step(context);
    else this.#schedule(nextNs, context);
  }

  /** The host of the step under way is gone, and its grant with it. */
  abandon(context: Context): void {
    if (this.#lease.step < 0) return;
    this.#stall(context.nowNs);
    this.#lease.step = -1;
    this.#lease.grant = undefined;
    this.#dueAtNs = Number.POSITIVE_INFINITY;
    this.#timer++;
  }

  #resting(): boolean {
    return this.#machine.quiet && this.#lease.hasTold(this.#machine);
  }

  /** A step is over. A demand that stands for more is looked at after its first, when its answer is there. */
  #due(context: Context): void {
    if (this.#stands(context)) this.#schedule(this.#coast.untilNs, context);
    else this.#step(context);
  }

  #stands({ nowNs }: Context): boolean {
    return this.#lease.step >= 0 && this.#coast.stands(nowNs, this.#demanded?.wantedTotalPages ?? 0);
  }

  /** Of a demand that stands, the steps that are over. */
  #advance(context: Context): void {
    const atNs = context.nowNs - (context.nowNs % this.#stepNs);
    if (atNs <= this.#stateAtNs || !this.#stands(context)) return;
    this.#lease.take(this.#machine);
    this.#run(atNs, this.#demanded as StepDemand, this.#lease.grant as StepGrant, context);
  }

  #step(context: Context): void {
    const lease = this.#lease;
    this.#dueAtNs = Number.POSITIVE_INFINITY;
    if (lease.step < 0) this.#idle(context.nowNs);
    else if (lease.grant === undefined) this.#stall(context.nowNs);
    else this.#commit(lease.grant, context);
    lease.take(this.#machine);
    if (lease.step < 0 && this.#resting()) return;
    if (lease.step < 0) lease.step = Math.floor(context.nowNs / this.#stepNs);
    this.#demand(context);
    this.#schedule(nextMultipleNs(context.nowNs, this.#stepNs), context);
  }

  #commit(grant: StepGrant, context: Context): void {
    const demanded = this.#demanded as StepDemand;
    this.#lease.take(this.#machine);
    this.#lease.step = -1;
    this.#lease.grant = undefined;
    this.#lease.releasedToldPages = demanded.releasedTotalPages;
    this.#lease.evictedToldPages = demanded.evictedSeenTotalPages;
    this.#lease.hostReadToldPages = demanded.hostReadTotalPages;
    this.#lease.compressedLeftToldPages = leftOf(demanded.compressed);
    if (grant.blocked) {
      const lengthNs = context.nowNs - this.#stateAtNs;
      this.#stateAtNs = context.nowNs;
      this.#machine.totals.blockedNs += lengthNs;
      this.#stop(lengthNs);
    } else this.#run(context.nowNs, demanded, grant, context);
  }

  /** A guest in which more happens than that it reads moves on step by step. */
  #run(untilNs: number, demanded: StepDemand, grant: StepGrant, context: Context): void {
    const { serviceNs, serviceVariation, waitProbability, waitNs, waitShape, writeShare } = grant;
    for (let atNs = this.#stateAtNs; atNs < untilNs; atNs = this.#stateAtNs) {
      this.#stateAtNs = this.#coast.onlyReads ? untilNs : Math.min(untilNs, nextMultipleNs(atNs, this.#stepNs));
      const lengthNs = this.#stateAtNs - atNs;
      const swapWritePages = (demanded.swapWritePagesPerS * writeShare * lengthNs) / SECOND_NS;
      const fileWritePages = (demanded.fileWritePagesPerS * writeShare * lengthNs) / SECOND_NS;
      const service = { serviceNs, serviceVariation, waitProbability, waitNs, waitShape, writeShare, swapWritePages, fileWritePages };
      this.#machine.run(atNs, lengthNs, service, context.random("latency"));
    }
  }

  #idle(nowNs: number): void {
    if (nowNs > this.#stateAtNs) this.#machine.idle(nowNs - this.#stateAtNs);
    this.#stateAtNs = nowNs;
  }

  /** No grant came: nothing happened in that time. */
  #stall(nowNs: number): void {
    const lengthNs = nowNs - this.#stateAtNs;
    this.#stateAtNs = nowNs;
    this.#machine.totals.linkStallNs += lengthNs;
    this.#stop(lengthNs);
  }

  /** The virtual CPUs stood still. */
  #stop(lengthNs: number): void {
    this.stoppedNs += lengthNs;
    this.#machine.totals.stalledNs += lengthNs;
    this.#machine.forgo(lengthNs);
  }

  #demand(context: Context): void {
    const { nowNs } = context;
    const plan = this.#coast.ask(nowNs);
    const steps = Math.ceil((this.#coast.untilNs - nowNs) / this.#stepNs);
    this.#demanded = demandOf(this.#machine, this.#lease, plan, steps);
    this.#lease.sharedToldPages = this.#machine.memory.shared.pages;
    context.send(HYPERVISOR, "stepDemand", this.#demanded);
  }

  #schedule(dueAtNs: number, context: Context): void {
    this.#dueAtNs = dueAtNs;
    context.after(dueAtNs - context.nowNs, "step", ++this.#timer);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#stateAtNs);
    hasher.number(this.stoppedNs);
  }
}
