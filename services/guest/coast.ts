/**
 * A guest that reads only now and then, or waits as long as before for each read, needs no exchange with its host in every step: its
 * demand then stands for several steps, up to the next whole second. What wakes it in between ends that at the next step's start.
 */
import { nextMultipleNs, SECOND_NS } from "../../lib/units.ts";
import type { Plan } from "./demand.ts";
import type { Lease } from "./lease.ts";
import type { Machine } from "./machine.ts";

/** Where the response time moves, threads wait for at most this share of their time. */
const MOST_WAITING = 0.02;

/** Whether nothing but the workload's own reads happens in this guest. */
export function isCalm(machine: Machine): boolean {
  const { balloon, workload, reclaim, flusher, kernelPagesLeft } = machine;
  return !balloon.active && workload.growthPages === 0 && !reclaim.awake && flusher.wantedPages < 0.5 && kernelPagesLeft === 0;
}

/** End of the stretch for which a demand at `nowNs` stands: the next step's start, or the next whole second. */
export function standsUntilNs(machine: Machine, plan: Plan, lease: Lease, nowNs: number, stepNs: number): number {
  const nextNs = nextMultipleNs(nowNs, stepNs);
  const secondNs = stepNs * Math.floor(SECOND_NS / stepNs);
  if (secondNs <= stepNs || !isCalm(machine) || plan.swapWritePagesPerS > 0 || plan.fileWritePagesPerS > 0) return nextNs;
  const { responseNs: readNs, steady } = lease;
  const { threads, thinkNs, hostSwapReadShare, pagesPerSwapRead, pagesPerFileRead } = plan.reads;
  // What the host took it takes in turns with others: each read of it moves what it takes next.
  if (!(steady && hostSwapReadShare === 0) && readNs > MOST_WAITING * (thinkNs + readNs)) return nextNs;
  const readsPerS = (threads * SECOND_NS) / (thinkNs + readNs);
  const roomPages = machine.memory.freePages - machine.marks.lowPages;
  if (2 * readsPerS * Math.max(pagesPerSwapRead, pagesPerFileRead) > roomPages) return nextNs;
  return nextMultipleNs(nowNs, secondNs);
}
