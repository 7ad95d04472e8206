/**
 * When a guest takes its samples, and when it tells them and the driver's statistics.
 *
 * All samples of a run are taken at the same times. To tell is more work than to take, for the sender, the bus and the monitor, and a
 * hundred processes that did it at once would queue for the CPUs while the next step is due: so each guest tells at a step of its own,
 * by its place, of the second that follows.
 */
import { nextSampleNs } from "../../lib/scenario/sampletimes.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { nextMultipleNs, SECOND_NS } from "../../lib/units.ts";

export class Timetable {
  readonly #scenario: Pick<Scenario, "sampleNs" | "durationNs">;
  readonly #statisticsNs: number;
  /** From the taking of a sample to the telling of it; from a multiple of their interval to the statistics. */
  readonly #sampleOffsetNs: number;
  readonly #statisticsOffsetNs: number;
  sampleAtNs = 0;
  statisticsAtNs = 0;
  /** Infinity: no sample waits to be told. */
  tellAtNs = Number.POSITIVE_INFINITY;

  /** `place`: among the scenario's guests. */
  constructor(scenario: Scenario, place: number) {
    this.#scenario = scenario;
    this.#statisticsNs = scenario.host.statisticsNs;
    this.#sampleOffsetNs = offsetNs(place, scenario.stepNs, scenario.sampleNs);
    this.#statisticsOffsetNs = offsetNs(place, scenario.stepNs, this.#statisticsNs);
  }

  get nextNs(): number {
    return Math.min(this.sampleAtNs, this.statisticsAtNs, this.tellAtNs);
  }

  start(nowNs: number): void {
    this.sampleAtNs = nextSampleNs(this.#scenario, nowNs);
    this.statisticsTold(nowNs);
  }

  /** Nobody listens any more a moment after the run's end. */
  sampleTaken(nowNs: number): void {
    this.tellAtNs = Math.min(nowNs + this.#sampleOffsetNs, Math.max(nowNs, this.#scenario.durationNs));
    this.sampleAtNs = nextSampleNs(this.#scenario, nowNs);
  }

  sampleTold(): void {
    this.tellAtNs = Number.POSITIVE_INFINITY;
  }

  statisticsTold(nowNs: number): void {
    const offset = this.#statisticsOffsetNs;
    this.statisticsAtNs = nextMultipleNs(nowNs - offset, this.#statisticsNs) + offset;
  }
}

/** Guests take turns over the steps of a second, or of the interval where that is less. */
function offsetNs(place: number, stepNs: number, intervalNs: number): number {
  const turns = Math.max(1, Math.floor(Math.min(SECOND_NS, intervalNs) / stepNs));
  return (place % turns) * stepNs;
}
