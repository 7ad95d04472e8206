/**
 * Small deterministic actors with the traffic of the real ones, and a scenario to put them in: for measuring and testing
 * what is around actors (windows, bus, processes) without the model's own cost.
 *
 * Each guest reports to its host every step, the host answers all at its tick, now and then sets a target that is
 * acknowledged, and everybody tells the monitor.
 */
import { type Actor, type ActorId, type Context, FIRST_GUEST, HYPERVISOR, MONITOR } from "../lib/engine/actor.ts";
import type { Hasher } from "../lib/engine/hasher.ts";
import type { Cast } from "../lib/federate/run.ts";
import type { FaultConfig, Scenario } from "../lib/scenario/scenario.ts";
import { EventKind, type Message } from "../lib/wire/messages.ts";

/** What toy processes and their conductor say that they are. */
export const TOY_VERSION = "toy";

const TELEMETRY_STEPS = 5;

interface Tally {
  readonly stepNs: number;
  readonly heard: number[];
}

/** What the three have in common: a step timer, and a state that every input changes. */
abstract class Toy implements Actor {
  protected readonly stepNs: number;
  protected readonly phaseNs: number = 0;
  protected steps = 0;
  #heard = 0;
  #missed = 0;
  #mix = 0;

  constructor(stepNs: number) {
    this.stepNs = stepNs;
  }

  abstract start(context: Context): void;
  abstract step(context: Context): void;

  receive(message: Message, context: Context): void {
    this.#heard++;
    this.#mix = (Math.imul(this.#mix, 31) + message.source + message.sequence) | 0;
    this.take(message, context);
  }

  wake(_timer: string, _data: number, context: Context): void {
    this.steps++;
    this.arm(context);
    this.step(context);
  }

  missed(_source: ActorId, count: number): void {
    this.#missed += count;
  }

  digest(hasher: Hasher): void {
    for (const word of [this.steps, this.#heard, this.#missed, this.#mix >>> 0]) hasher.word(word);
  }

  protected take(_message: Message, _context: Context): void {}

  /** Steps are on a common grid: on the wall clock a late one does not move those after it. */
  protected arm(context: Context): void {
    context.after(this.stepNs - ((context.nowNs - this.phaseNs) % this.stepNs), "step");
  }

  protected tell(context: Context): void {
    if (this.steps % TELEMETRY_STEPS !== 0) return;
    const detail = `heard ${this.#heard}`;
    context.send(MONITOR, "eventRecord", { kind: EventKind.EVENT_KIND_PHASE, subject: context.self, amount: this.#missed, detail });
  }
}

class ToyGuest extends Toy {
  start(context: Context): void {
    context.send(HYPERVISOR, "hello", { sizePages: 1 << 20 });
    this.arm(context);
  }

  step(context: Context): void {
    const touched = context.random("work").below(100);
    context.send(HYPERVISOR, "accessSample", { pages: 100, touched, periodNs: this.stepNs, over: true });
    this.tell(context);
  }

  protected override take(message: Message, context: Context): void {
    if (message.kind !== "setTarget") return;
    const { action, targetPages } = message.body;
    const report = {
      action,
      actualPages: targetPages,
      state: 1,
      receivedAtNs: context.nowNs,
      doneAtNs: 0,
      reclaimNs: 0,
      swapIoNs: 0,
    };
    context.send(HYPERVISOR, "balloonReport", report);
  }
}

class ToyHost extends Toy {
  protected override readonly phaseNs: number;
  readonly #asking: boolean[];
  #actions = 0;

  constructor({ stepNs, heard }: Tally) {
    super(stepNs);
    this.phaseNs = Math.floor(stepNs / 4) - stepNs;
    this.#asking = heard.map(() => false);
  }

  start(context: Context): void {
    this.arm(context);
  }

  step(context: Context): void {
    for (const [index, asks] of this.#asking.entries()) {
      if (!asks) continue;
      this.#asking[index] = false;
      this.#grant(context, FIRST_GUEST + index);
    }
    if (this.steps % 3 === 0) {
      const guest = FIRST_GUEST + context.random("policy").below(this.#asking.length);
      context.send(guest, "setTarget", { action: ++this.#actions, targetPages: this.steps, decidedAtNs: context.nowNs, decideNs: 0 });
    }
    this.tell(context);
  }

  #grant(context: Context, guest: ActorId): void {
    context.send(guest, "stepGrant", {
      hostEpoch: context.incarnation,
      step: this.steps,
      grantedTotalPages: this.steps * 10,
      evictedTotalPages: 0,
      readsPerS: context.random("disk").uniform(),
      serviceNs: 333_333,
      serviceVariation: 0,
      waitProbability: 0,
      waitNs: 0,
      waitShape: [],
      writeShare: 1,
      diskUtilisation: 0.5,
      blocked: false,
    });
  }

  protected override take(message: Message): void {
    if (message.kind === "accessSample") this.#asking[message.source - FIRST_GUEST] = true;
  }
}

/** It only listens. */
class ToyMonitor extends Toy {
  start(): void {}
  step(): void {}
}

export function toyCast(scenario: Scenario): Cast {
  const { stepNs } = scenario;
  const heard = scenario.guests.map(() => 0);
  return (entry) => {
    if (entry.role === "guest") return () => new ToyGuest(stepNs);
    return entry.role === "hypervisor" ? () => new ToyHost({ stepNs, heard }) : () => new ToyMonitor(stepNs);
  };
}

/** A scenario of which the toys, the clocks and the bus use every part: a Scenario's other fields are the model's. */
export function toyScenario(guests: number, durationNs: number, faults: readonly FaultConfig[] = []): Scenario {
  const scenario = {
    name: "toy",
    description: "",
    seed: 42,
    durationNs,
    speed: 1,
    stepNs: 100_000_000,
    sampleNs: 1_000_000_000,
    network: { latencyNs: 200_000, jitterNs: 50_000 },
    host: { name: "host-1" },
    guests: Array.from({ length: guests }, (_, i) => ({ name: `vm-${String(i + 1).padStart(2, "0")}` })),
    faults,
    convergenceNs: 0,
  };
  return scenario as unknown as Scenario;
}
