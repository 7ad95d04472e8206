/** A host that gives every page, sets the targets of the experiment's timeline, and has the experiment's devices. */
import { type Actor, type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Message, StepDemand } from "../../lib/wire/messages.ts";
import type { Parameters } from "./parameters.ts";
import { type Limits, serve } from "./throttle.ts";

export interface TargetEvent {
  readonly atNs: number;
  readonly targetPages: number;
}

export interface ReferenceHostOptions {
  readonly stepNs: number;
  readonly creditPages: number;
  readonly events: readonly TargetEvent[];
  readonly limits: Limits;
  readonly parameters: Parameters;
}

const EPOCH = 1;
/** The answers of a step come when a quarter of it is over (docs/architecture.md). */
const TICK_SHARE = 4;

export class ReferenceHost implements Actor {
  readonly #options: ReferenceHostOptions;
  #grantedPages = 0;
  #demand: Readonly<StepDemand> | undefined;
  #targetPages = 0;
  #action = 0;

  constructor(options: ReferenceHostOptions) {
    this.#options = options;
  }

  start(context: Context): void {
    for (const [i, event] of this.#options.events.entries()) context.after(event.atNs, "target", i);
    context.after(this.#options.stepNs / TICK_SHARE, "tick");
  }

  receive(message: Message, context: Context): void {
    if (message.kind === "hello") {
      this.#grantedPages = this.#options.creditPages;
      context.send(FIRST_GUEST, "welcome", {
        hostEpoch: EPOCH,
        grantedTotalPages: this.#grantedPages,
        evictedTotalPages: 0,
        targetAction: this.#action,
        targetPages: this.#targetPages,
      });
    } else if (message.kind === "stepDemand") this.#demand = message.body;
  }

  wake(timer: string, data: number, context: Context): void {
    if (timer === "target") {
      this.#targetPages = (this.#options.events[data] as TargetEvent).targetPages;
      this.#action++;
      context.send(FIRST_GUEST, "setTarget", {
        action: this.#action,
        targetPages: this.#targetPages,
        decidedAtNs: context.nowNs,
        decideNs: 0,
      });
      return;
    }
    context.after(this.#options.stepNs, "tick");
    if (this.#demand !== undefined) this.#grant(this.#demand, context);
    this.#demand = undefined;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#grantedPages);
    hasher.number(this.#action);
  }

  #grant(demand: Readonly<StepDemand>, context: Context): void {
    this.#grantedPages = Math.max(this.#grantedPages, demand.wantedTotalPages);
    const { readsPerS, responseNs, writeShare } = serve(demand, this.#options.limits, this.#options.parameters);
    context.send(FIRST_GUEST, "stepGrant", {
      hostEpoch: EPOCH,
      step: demand.step,
      grantedTotalPages: this.#grantedPages,
      evictedTotalPages: 0,
      readsPerS,
      serviceNs: Math.round(responseNs),
      serviceVariation: 0,
      waitProbability: 0,
      waitNs: 0,
      waitShape: [],
      writeShare,
      diskUtilisation: 0,
      blocked: false,
    });
  }
}
