/** What a guest asks for in a demand, and what it then has to do: beside those of the demand before, it shows what repeats itself. */
import { BalloonState } from "../../lib/wire/messages.ts";
import type { Plan } from "./demand.ts";
import type { Machine } from "./machine.ts";

/** Two figures that differ by less are the same. */
const SAME_SHARE = 0.02;
/** And flows that differ by less than a cluster of pages a second. */
const SAME_PAGES_PER_S = 32;
/** At its pace so far, what is left to be done must last for so many times the stretch. */
const LASTS = 2;

export interface Asked {
  readonly atNs: number;
  readonly plan: Plan;
  /** Response time of a read that was reckoned with. */
  readonly readNs: number;
  /** Left to do: by the balloon, which is at work or not, and by the program as it grows. */
  readonly action: number;
  readonly balloonActive: boolean;
  readonly gapPages: number;
  readonly growthPages: number;
}

export function askedOf({ balloon, workload }: Machine, plan: Plan, readNs: number, atNs: number): Asked {
  const { action, active, gapPages } = balloon;
  return { atNs, plan, readNs, action, balloonActive: active, gapPages, growthPages: workload.growthPages };
}

/** Whether as much is asked for as before. */
export function isSame(now: Asked, before: Asked): boolean {
  const [a, b] = [now.plan, before.plan];
  return (
    a.reads.threads === b.reads.threads &&
    isNear(a.reads.thinkNs + now.readNs, b.reads.thinkNs + before.readNs) &&
    isNear(a.reads.hostSwapReadShare, b.reads.hostSwapReadShare, SAME_SHARE) &&
    isNear(a.swapWritePagesPerS, b.swapWritePagesPerS, SAME_PAGES_PER_S) &&
    isNear(a.fileWritePagesPerS, b.fileWritePagesPerS, SAME_PAGES_PER_S)
  );
}

/** Whether none of what is left to do will be done by then. A balloon at work must be one that takes what reclaim leaves it. */
export function goesOn({ balloon, kernelPagesLeft }: Machine, now: Asked, before: Asked, untilNs: number): boolean {
  if (kernelPagesLeft > 0 || now.action !== before.action || now.balloonActive !== before.balloonActive) return false;
  if (now.balloonActive && (balloon.state !== BalloonState.BALLOON_STATE_BACKING_OFF || balloon.rules.pollNs > 0)) return false;
  const rounds = (LASTS * (untilNs - now.atNs)) / (now.atNs - before.atNs);
  return lasts(now.gapPages, before.gapPages, rounds) && lasts(now.growthPages, before.growthPages, rounds);
}

function lasts(left: number, before: number, rounds: number): boolean {
  return left === 0 ? before === 0 : Math.abs(left - before) * rounds <= Math.abs(left);
}

/** Whether two figures are the same for the purpose; `least`: a difference that is none. */
export function isNear(a: number, b: number, least = 0): boolean {
  return Math.abs(a - b) <= Math.max(least, SAME_SHARE * Math.max(a, b));
}
