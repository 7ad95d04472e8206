/**
 * The step protocol (docs/architecture.md): at a step's start commit the step that ends, with what was granted, and send
 * the demand of the next. A guest in which nothing can change sets no timer; its operations are made up for when someone
 * asks.
 */
import { type Context, HYPERVISOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { nextMultipleNs, SECOND_NS } from "../../lib/units.ts";
import type { StepDemand, StepGrant } from "../../lib/wire/messages.ts";
import { isCalm, standsUntilNs } from "./coast.ts";
import { planOf } from "./demand.ts";
import type { Lease } from "./lease.ts";
import type { Machine } from "./machine.ts";
import { compressedOf, leftOf } from "./outpages.ts";
import { sharedOf } from "./sharedpages.ts";

export class Stepper {
  readonly #stepNs: number;
  readonly #machine: Machine;
  readonly #lease: Lease;
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
      this.#step(context);
      return;
    }
    if (this.#lease.step >= 0) return;
    if (this.#lease.state === "open") this.#lease.take(this.#machine);
    this.#idle(context.nowNs);
  }

  /** The step timer. */
  wake(timer: number, context: Context): void {
    if (timer === this.#timer && this.#dueAtNs !== Number.POSITIVE_INFINITY) this.#step(context);
  }

  /** Begins to step if the guest has become busy: at once at a step's start, else at the next one. */
  rouse(context: Context): void {
    if (this.#lease.state !== "open") return;
    const nextNs = nextMultipleNs(context.nowNs, this.#stepNs);
    if (this.#dueAtNs !== Number.POSITIVE_INFINITY) {
      if (this.#dueAtNs > nextNs && !isCalm(this.#machine)) this.#schedule(nextNs, context);
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

  #step(context: Context): void {
    const lease = this.#lease;
    this.#dueAtNs = Number.POSITIVE_INFINITY;
    if (lease.step < 0) this.#idle(context.nowNs);
    else if (lease.grant === undefined) this.#stall(context.nowNs);
    else this.#commit(lease.grant, context);
    lease.take(this.#machine);
    if (lease.step < 0 && this.#resting()) return;
    if (lease.step < 0) lease.step = Math.floor(context.nowNs / this.#stepNs);
    this.#schedule(this.#demand(context), context);
  }

  #commit(grant: StepGrant, context: Context): void {
    const demanded = this.#demanded as StepDemand;
    const lengthNs = context.nowNs - this.#stateAtNs;
    this.#lease.take(this.#machine);
    this.#lease.step = -1;
    this.#lease.grant = undefined;
    const fromNs = this.#stateAtNs;
    this.#stateAtNs = context.nowNs;
    this.#lease.releasedToldPages = demanded.releasedTotalPages;
    this.#lease.evictedToldPages = demanded.evictedSeenTotalPages;
    this.#lease.hostReadToldPages = demanded.hostReadTotalPages;
    this.#lease.compressedLeftToldPages = leftOf(demanded.compressed);
    if (grant.blocked) {
      this.#machine.totals.blockedNs += lengthNs;
      this.#stop(lengthNs);
      return;
    }
    const { serviceNs, serviceVariation, waitProbability, waitNs, waitShape, writeShare } = grant;
    const writes = (perS: number): number => (perS * writeShare * lengthNs) / SECOND_NS;
    const swapWritePages = writes(demanded.swapWritePagesPerS);
    const fileWritePages = writes(demanded.fileWritePagesPerS);
    const service = { serviceNs, serviceVariation, waitProbability, waitNs, waitShape, writeShare, swapWritePages, fileWritePages };
    this.#machine.run(fromNs, lengthNs, service, context.random("latency"));
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

  /** Returns until when the demand stands. */
  #demand(context: Context): number {
    const { memory, config } = this.#machine;
    const lease = this.#lease;
    const { nowNs } = context;
    let plan = planOf(this.#machine, this.#stepNs, lease.responseNs);
    const untilNs = standsUntilNs(this.#machine, plan, lease, nowNs, this.#stepNs);
    const steps = Math.ceil((untilNs - nowNs) / this.#stepNs);
    if (steps > 1) plan = planOf(this.#machine, untilNs - nowNs, lease.responseNs);
    const surplus = memory.creditPages - plan.machinePages - config.creditPages;
    if (surplus > 0) memory.returnCredit(surplus);
    const { reads } = plan;
    this.#demanded = {
      hostEpoch: lease.hostEpoch,
      step: lease.step,
      wantedTotalPages: memory.grantedTotalPages + Math.max(0, -surplus),
      releasedTotalPages: memory.releasedTotalPages,
      evictedSeenTotalPages: memory.evictedSeenTotalPages,
      threads: reads.threads,
      thinkNs: reads.thinkNs,
      swapReadShare: reads.swapReadShare,
      fileReadShare: reads.fileReadShare,
      hostSwapReadShare: reads.hostSwapReadShare,
      pagesPerSwapRead: reads.pagesPerSwapRead,
      pagesPerFileRead: reads.pagesPerFileRead,
      swapWritePagesPerS: plan.swapWritePagesPerS,
      fileWritePagesPerS: plan.fileWritePagesPerS,
      hostSwappedPages: memory.hostSwappedPages,
      hostReadTotalPages: memory.gone.hostReadTotalPages,
      steps,
      shared: sharedOf(memory.shared),
      compressed: compressedOf(memory.gone),
    };
    lease.sharedToldPages = memory.shared.pages;
    context.send(HYPERVISOR, "stepDemand", this.#demanded);
    return untilNs;
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
