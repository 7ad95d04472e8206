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
  const totalNs = nowNs - action.decidedAtNs + action.decideNs;
  const legs = { busNs: 0, driverNs: 0, reclaimNs: 0, swapIoNs: 0, acknowledgeNs: 0, totalNs };
  return record(vm, action, action.actualPages, false, legs);
}

/** The record of an action that was reached: its legs add up to the total. */
export function finished(vm: number, action: Action, report: Report): ControlAction {
  const { body, heardAtNs } = report;
  const workNs = Math.max(0, body.doneAtNs - body.receivedAtNs);
  const reclaimNs = Math.min(body.reclaimNs, workNs);
  const swapIoNs = Math.min(body.swapIoNs, reclaimNs);
  return record(vm, action, body.actualPages, true, {
    busNs: Math.max(0, body.receivedAtNs - action.decidedAtNs),
    driverNs: workNs - reclaimNs,
    reclaimNs: reclaimNs - swapIoNs,
    swapIoNs,
    acknowledgeNs: Math.max(0, heardAtNs - body.doneAtNs),
    totalNs: heardAtNs - action.decidedAtNs + action.decideNs,
  });
}

type Legs = Pick<ControlAction, "busNs" | "driverNs" | "reclaimNs" | "swapIoNs" | "acknowledgeNs" | "totalNs">;

/** Each by its name: a host of many VMs makes one for each whenever its policy has decided, and a spread costs more than all the rest. */
function record(vm: number, action: Action, reachedPages: number, completed: boolean, legs: Legs): ControlAction {
  return {
    guest: FIRST_GUEST + vm,
    action: action.action,
    fromPages: action.fromPages,
    targetPages: action.targetPages,
    reachedPages,
    completed,
    decidedAtNs: action.decidedAtNs,
    decideNs: action.decideNs,
    busNs: legs.busNs,
    driverNs: legs.driverNs,
    reclaimNs: legs.reclaimNs,
    swapIoNs: legs.swapIoNs,
    acknowledgeNs: legs.acknowledgeNs,
    totalNs: legs.totalNs,
  };
}
