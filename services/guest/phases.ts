/** The phases of a guest's workload, in order of time. */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { PhaseConfig } from "../../lib/scenario/scenario.ts";
import type { Machine } from "./machine.ts";
import { ANONYMOUS, CACHE } from "./memory.ts";

export class Phases {
  readonly #phases: readonly PhaseConfig[];
  /** The next one. */
  #index = 0;

  constructor(phases: readonly PhaseConfig[]) {
    this.#phases = phases;
  }

  /** When the next one begins; Infinity: there is none. */
  get nextAtNs(): number {
    return this.#phases[this.#index]?.atNs ?? Number.POSITIVE_INFINITY;
  }

  /** Enters all that are due; calls back for each with another name than the one before: the steps of a ramp are one phase. */
  enter(machine: Machine, nowNs: number, told: (phase: PhaseConfig, index: number) => void): void {
    for (; this.nextAtNs <= nowNs; this.#index++) {
      const phase = this.#phases[this.#index] as PhaseConfig;
      enterPhase(machine, phase);
      if (phase.name !== this.#phases[this.#index - 1]?.name) told(phase, this.#index);
    }
  }

  /** Brings a new machine to the phase that the old one was in. */
  replay(machine: Machine): void {
    for (const phase of this.#phases.slice(0, this.#index)) enterPhase(machine, phase);
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#index);
  }
}

/** A phase begins; what shrinks is free at once. */
export function enterPhase(machine: Machine, phase: PhaseConfig): void {
  const { workload, memory, reclaim, processor } = machine;
  processor.cpus = phase.cpus ?? processor.cpus;
  const { residentPages } = workload.anonymous;
  workload.enter(phase);
  reclaim.anonymousPages.follow(0, 0, Math.max(0, memory.out(ANONYMOUS) - workload.anonymous.outPages));
  reclaim.cachePages.follow(0, 0, Math.max(0, memory.out(CACHE) - workload.file.outPages));
  if (workload.anonymous.residentPages < residentPages) freed(machine, workload.anonymous.residentPages / residentPages);
  machine.sharing.fit();
}

/** The program has freed anonymous memory; `kept`: share of it that is left. */
export function freed({ reclaim }: Machine, kept: number): void {
  reclaim.lists.freed(kept);
  reclaim.swapCache.keep(kept);
}
