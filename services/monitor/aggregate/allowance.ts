/**
 * How much a VM may tell in all, so that none can fill the disk of the monitor: a sample each interval, and events each step. A guest
 * as ours never comes near; what goes beyond is refused, and counted.
 */
import { FIRST_GUEST } from "../../../lib/engine/actor.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { TelemetryMessage } from "./aggregator.ts";

/** Beside those of the time so far: a VM's boots and what a slow bus brings late. */
const MORE_SAMPLES = 100;
const MORE_EVENTS = 1_000;

export class Allowance {
  readonly #scenario: Scenario;
  readonly #samples: Float64Array;
  readonly #events: Float64Array;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#samples = new Float64Array(scenario.guests.length);
    this.#events = new Float64Array(scenario.guests.length);
  }

  /** Whether its sender may still tell it, by the monitor's own time. */
  admits({ kind, source, deliverAtNs }: TelemetryMessage): boolean {
    const vm = source - FIRST_GUEST;
    const guest = this.#scenario.guests[vm];
    if (guest === undefined) return true;
    const { sampleNs, stepNs } = this.#scenario;
    if (kind === "guestSample") return (this.#samples[vm] as number) < MORE_SAMPLES + deliverAtNs / sampleNs;
    return (this.#events[vm] as number) < MORE_EVENTS + guest.workload.phases.length + deliverAtNs / stepNs;
  }

  note({ kind, source }: TelemetryMessage): void {
    const told = kind === "guestSample" ? this.#samples : this.#events;
    const vm = source - FIRST_GUEST;
    if (vm >= 0 && vm < told.length) (told[vm] as number)++;
  }
}
