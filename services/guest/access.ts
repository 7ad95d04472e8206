/**
 * The host's sampling of accessed pages (OSDI'02 section 5.3): it invalidates the mappings of pages chosen at random and
 * counts those touched until the sample is over. The count is all that the host learns of the true working set.
 */
import type { Random } from "../../lib/engine/random.ts";
import { KERNEL_TOUCH_NS } from "./background.ts";
import type { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";

export class AccessCount {
  readonly #machine: Machine;
  /** Clocks of the two lists when the sample began. */
  #anonymous = 0;
  #file = 0;
  /** Of the sample's pages, those counted so far; and the share of all pages touched when they were. */
  #touched = 0;
  #share = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** How many of the sample's `pages` were touched in its `periodNs` so far: those counted before, and of the others a draw. */
  look(pages: number, periodNs: number, random: Random): number {
    const share = Math.max(this.#share, this.#touchedShare(periodNs));
    const since = share > this.#share ? (share - this.#share) / (1 - this.#share) : 0;
    this.#touched += random.binomial(Math.max(0, pages - this.#touched), since);
    this.#share = share;
    return this.#touched;
  }

  /** The next sample begins. */
  restart(): void {
    const { anonymous, file } = this.#machine.workload;
    this.#anonymous = anonymous.clock;
    this.#file = file.clock;
    this.#touched = 0;
    this.#share = 0;
  }

  /** Of guest-physical pages: a frame whose page was evicted is touched by the one that comes in its place. */
  #touchedShare(periodNs: number): number {
    const { memory, workload } = this.#machine;
    let touched = memory.used(KERNEL) * (1 - Math.exp(-periodNs / KERNEL_TOUCH_NS));
    for (const [list, clock] of [
      [workload.anonymous, this.#anonymous],
      [workload.file, this.#file],
    ] as const) {
      touched += list.residentPages * (1 - list.unusedShare(list.clock - clock));
    }
    const used = memory.sizePages - memory.balloonPages - memory.freePages;
    return Math.min(1, Math.min(touched, used) / memory.sizePages);
  }
}
