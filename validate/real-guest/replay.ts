/** Runs an experiment through the guest's own actor, against the reference host, in virtual time. */
import { type Actor, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { GuestConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { PAGES_PER_MIB, SECOND_NS } from "../../lib/units.ts";
import type { GuestSample, Message } from "../../lib/wire/messages.ts";
import { guestFactory } from "../../services/guest/guest.ts";
import type { Experiment } from "./experiment.ts";
import type { Parameters } from "./parameters.ts";
import { ReferenceHost, type ReferenceHostOptions } from "./reference-host.ts";
import { scenarioOf } from "./scenario-of.ts";

/** One sample of the replayed guest; times are seconds since the start of the load. */
export interface Sample {
  readonly timeS: number;
  readonly body: Readonly<GuestSample>;
}

/** What the model did, as the guest's telemetry tells it. */
export class Replayed {
  readonly samples: readonly Sample[];
  readonly ramMib: number;

  constructor(samples: readonly Sample[], ramMib: number) {
    this.samples = samples;
    this.ramMib = ramMib;
  }

  /** Mean over the samples of a window. */
  mean(of: (body: Readonly<GuestSample>) => number, fromS: number, toS: number): number {
    const inside = this.#within(fromS, toS);
    return inside.reduce((sum, { body }) => sum + of(body), 0) / inside.length;
  }

  /** Sum of a figure that counts over each sample's interval. */
  sum(of: (body: Readonly<GuestSample>) => number, fromS: number, toS: number): number {
    return this.#within(fromS, toS).reduce((sum, { body }) => sum + of(body), 0);
  }

  /** The first sample from a time on that meets a condition; NaN for none until the other time. */
  firstS(condition: (body: Readonly<GuestSample>) => boolean, fromS: number, toS: number): number {
    return this.#within(fromS, toS).find(({ body }) => condition(body))?.timeS ?? Number.NaN;
  }

  #within(fromS: number, toS: number): readonly Sample[] {
    return this.samples.filter(({ timeS }) => timeS > fromS && timeS <= toS + 1e-9);
  }
}

export function replayExperiment(experiment: Experiment, parameters: Parameters): Replayed {
  const { scenario, startNs } = scenarioOf(experiment, parameters);
  const events = experiment.file.run.played.flatMap(({ rel, target_mib }) =>
    target_mib === undefined ? [] : [{ atNs: startNs + Math.round(rel * SECOND_NS), targetPages: Math.round(target_mib * PAGES_PER_MIB) }],
  );
  const { swap, data } = experiment.file.guest;
  const samples = runGuest(scenario, startNs, { events, limits: { swapIops: swap?.iops, dataIops: data?.iops }, parameters });
  return new Replayed(samples, experiment.file.guest.ram_mib);
}

/** Runs the scenario's one guest against the reference host; times count from `startNs`. */
export function runGuest(
  scenario: Scenario,
  startNs: number,
  host: Pick<ReferenceHostOptions, "events" | "limits" | "parameters">,
): readonly Sample[] {
  const { stepNs, guests, durationNs, seed, network } = scenario;
  const { creditPages } = guests[0] as GuestConfig;
  const collector = new Collector(startNs);
  const kernel = new Kernel({ seed, timing: network, roster: rosterOf(scenario), digest: false });
  kernel.add(MONITOR, () => collector);
  kernel.add(HYPERVISOR, () => new ReferenceHost({ stepNs, creditPages, ...host }));
  kernel.add(FIRST_GUEST, guestFactory(scenario, 0));
  kernel.begin();
  kernel.runUntil(durationNs + 1);
  return collector.samples;
}

/** The monitor's place: keeps the guest's samples. */
class Collector implements Actor {
  readonly samples: Sample[] = [];
  readonly #startNs: number;

  constructor(startNs: number) {
    this.#startNs = startNs;
  }

  start(): void {}

  receive(message: Message): void {
    if (message.kind !== "guestSample") return;
    this.samples.push({ timeS: (message.body.takenAtNs - this.#startNs) / SECOND_NS, body: message.body });
  }

  wake(): void {}

  digest(): void {}
}
