/**
 * A guest needs no exchange with its host in every step if it reads only now and then, or asks for the same again and is answered the
 * same: its demand then stands for several steps, up to the next whole second. What wakes it in between ends that at the next step's
 * start.
 */
import { nextMultipleNs, SECOND_NS } from "../../lib/units.ts";
import { type Asked, askedOf, goesOn, isSame } from "./asked.ts";
import { type Plan, planOf } from "./demand.ts";
import type { Lease } from "./lease.ts";
import type { Machine } from "./machine.ts";

/** What a read takes does not matter to threads that wait for at most this share of their time. */
const MOST_WAITING = 0.02;

/** Whether nothing but the workload's own reads happens in this guest. */
export function isCalm(machine: Machine): boolean {
  const { balloon, workload, reclaim, flusher, kernelPagesLeft } = machine;
  return !balloon.active && workload.growthPages === 0 && !reclaim.awake && flusher.wantedPages < 0.5 && kernelPagesLeft === 0;
}

export class Coast {
  readonly #stepNs: number;
  readonly #machine: Machine;
  readonly #lease: Lease;
  /** Of the last demand. */
  #asked: Asked | undefined;
  /** It does nothing but read, and that not into the last free pages. */
  onlyReads = false;
  /** And so rarely that it does not matter what a read takes. */
  rare = false;
  /** Something has come from outside since. */
  disturbed = false;
  /** The demand stands until then. */
  untilNs = 0;

  constructor(stepNs: number, machine: Machine, lease: Lease) {
    this.#stepNs = stepNs;
    this.#machine = machine;
    this.#lease = lease;
  }

  /** What to ask for at a step's start, and until when. Machine pages are those of the whole stretch. */
  ask(nowNs: number): Plan {
    const { responseNs } = this.#lease;
    const plan = planOf(this.#machine, this.#stepNs, responseNs);
    const asked = askedOf(this.#machine, plan, responseNs, nowNs);
    // Of a guest that was quiet since, the demand before this one says nothing.
    const before = nowNs < this.untilNs + this.#stepNs ? this.#asked : undefined;
    this.#asked = asked;
    this.disturbed = false;
    this.#look(asked);
    const nextNs = nextMultipleNs(nowNs, this.#stepNs);
    const secondNs = nextMultipleNs(nowNs, this.#stepNs * Math.max(1, Math.floor(SECOND_NS / this.#stepNs)));
    const machinePages = Math.ceil((plan.machinePages * (secondNs - nowNs)) / this.#stepNs);
    const many = secondNs > nextNs && machinePages <= this.#machine.config.creditPages;
    const stands = many && (this.rare || (before !== undefined && this.#repeats(asked, before, secondNs)));
    this.untilNs = stands ? secondNs : nextNs;
    return stands ? { ...plan, machinePages } : plan;
  }

  /** Whether the demand stands beyond now with the answer that has come. */
  stands(nowNs: number, wantedTotalPages: number): boolean {
    const { grant, steady } = this.#lease;
    if (nowNs >= this.untilNs || this.disturbed || grant === undefined || grant.blocked) return false;
    return grant.grantedTotalPages >= wantedTotalPages && !this.#lease.hasLost(this.#machine) && (this.rare || steady);
  }

  #repeats(asked: Asked, before: Asked, untilNs: number): boolean {
    return isSame(asked, before) && goesOn(this.#machine, asked, before, untilNs);
  }

  #look({ plan, readNs }: Asked): void {
    const { memory, marks } = this.#machine;
    const { threads, thinkNs, pagesPerSwapRead, pagesPerFileRead } = plan.reads;
    const pagesPerS = ((threads * SECOND_NS) / (thinkNs + readNs)) * Math.max(pagesPerSwapRead, pagesPerFileRead);
    const writes = plan.swapWritePagesPerS > 0 || plan.fileWritePagesPerS > 0;
    this.onlyReads = isCalm(this.#machine) && !writes && !(2 * pagesPerS > memory.freePages - marks.lowPages);
    this.rare = this.onlyReads && !(readNs > MOST_WAITING * (thinkNs + readNs));
  }
}
