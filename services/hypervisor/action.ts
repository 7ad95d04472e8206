/** One control action: what was decided, how far it has come, and what it took when it is over. */
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import type { BalloonReport, ControlAction } from "../../lib/wire/messages.ts";

export interface Action {
  readonly action: number;
  readonly fromPages: number;
  readonly targetPages: number;
  readonly decidedAtNs: number;
  readonly decideNs: number;
  sentAtNs: number;
  /** The driver does not know of it. */
  untold?: boolean;
  /** Completed or given up: nothing more to do. */
  done: boolean;
  actualPages: number;
  /** When the driver's memory size last changed. */
  movedAtNs: number;
}

export interface Report {
  readonly body: Readonly<BalloonReport>;
  readonly heardAtNs: number;
}

/** The record of an action that was given up at `nowNs`. */
export function unfinished(vm: number, action: Action, nowNs: number): ControlAction {
  const none = { busNs: 0, driverNs: 0, reclaimNs: 0, swapIoNs: 0, acknowledgeNs: 0 };
  const totalNs = nowNs - action.decidedAtNs + action.decideNs;
  return { ...summary(vm, action, action.actualPages), completed: false, ...none, totalNs };
}

function summary(vm: number, action: Action, reachedPages: number) {
  const { fromPages, targetPages, decidedAtNs, decideNs } = action;
  return { guest: FIRST_GUEST + vm, action: action.action, fromPages, targetPages, reachedPages, decidedAtNs, decideNs };
}

/** The record of an action that was reached: its legs add up to the total. */
export function finished(vm: number, action: Action, report: Report): ControlAction {
  const { body, heardAtNs } = report;
  const busNs = Math.max(0, body.receivedAtNs - action.decidedAtNs);
  const workNs = Math.max(0, body.doneAtNs - body.receivedAtNs);
  const reclaimNs = Math.min(body.reclaimNs, workNs);
  const swapIoNs = Math.min(body.swapIoNs, reclaimNs);
  return {
    ...summary(vm, action, body.actualPages),
    completed: true,
    busNs,
    driverNs: workNs - reclaimNs,
    reclaimNs: reclaimNs - swapIoNs,
    swapIoNs,
    acknowledgeNs: Math.max(0, heardAtNs - body.doneAtNs),
    totalNs: heardAtNs - action.decidedAtNs + action.decideNs,
  };
}
