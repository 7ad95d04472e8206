/** How fast a driver moves pages, at its best. */
import type { DriverConfig } from "../../../lib/scenario/driver.ts";
import { SECOND_NS } from "../../../lib/units.ts";
import type { DriverFaults } from "./faults.ts";

export class Speed {
  readonly #config: DriverConfig;
  readonly #faults: DriverFaults;

  constructor(config: DriverConfig, faults: DriverFaults) {
    this.#config = config;
    this.#faults = faults;
  }

  /** Pages that it takes in a time; those that no machine page stands behind, after the `backedPages`, have a speed of their own. */
  taken(timeNs: number, backedPages: number): number {
    const { inflatePagesPerS, inflateUntouchedPagesPerS } = this.#config;
    const timeS = timeNs / SECOND_NS / this.#faults.slowness;
    const backedS = backedPages / inflatePagesPerS;
    return timeS <= backedS ? timeS * inflatePagesPerS : backedPages + (timeS - backedS) * inflateUntouchedPagesPerS;
  }

  /** Pages that it gives back in a time. */
  given(timeNs: number): number {
    return (timeNs / SECOND_NS / this.#faults.slowness) * this.#config.deflatePagesPerS;
  }

  takingNs(pages: number, untouched: number): number {
    const { inflatePagesPerS, inflateUntouchedPagesPerS } = this.#config;
    return this.#ns((pages - untouched) / inflatePagesPerS + untouched / inflateUntouchedPagesPerS);
  }

  givingNs(pages: number): number {
    return this.#ns(pages / this.#config.deflatePagesPerS);
  }

  #ns(timeS: number): number {
    return Math.round(timeS * SECOND_NS * this.#faults.slowness);
  }
}
