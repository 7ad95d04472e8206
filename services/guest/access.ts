/**
 * The host's sampling of accessed pages (OSDI'02 section 5.3): it invalidates the mappings of pages chosen at random and
 * counts those touched until the sample is over. The count is all that the host learns of the true working set.
 */
import type { Random } from "../../lib/engine/random.ts";
import type { AccessSample, SampleAccess } from "../../lib/wire/messages.ts";
import { KERNEL_TOUCH_NS } from "./background.ts";
import type { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";

export class AccessCount {
  readonly #machine: Machine;
  /** The VM's own time when the sample began, and the clocks of its two lists. */
  #beganNs: number;
  #anonymous = 0;
  #file = 0;
  /** Of the sample's pages, those counted so far; and the share of all pages touched when they were. */
  #touched = 0;
  #share = 0;

  constructor(machine: Machine, ranNs: number) {
    this.#machine = machine;
    this.#beganNs = ranNs;
  }

  /**
   * The count so far: those counted before, and of the other pages a draw. `ranNs`: the VM's own time, which stands still while the
   * host does not let it run.
   */
  look({ pages, periodNs: fullNs }: SampleAccess, ranNs: number, random: Random): AccessSample {
    const periodNs = Math.round(Math.max(0, ranNs - this.#beganNs));
    const share = Math.max(this.#share, this.#touchedShare(periodNs));
    const since = share > this.#share ? (share - this.#share) / (1 - this.#share) : 0;
    const touched = this.#touched + random.binomial(Math.max(0, pages - this.#touched), since);
    const over = periodNs >= fullNs;
    this.#touched = touched;
    this.#share = share;
    if (over) this.#restart(ranNs);
    return { pages, touched, periodNs, over };
  }

  #restart(ranNs: number): void {
    const { anonymous, file } = this.#machine.workload;
    this.#beganNs = ranNs;
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
