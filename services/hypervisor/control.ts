/**
 * Control actions: a target for a VM's balloon, from the decision to the driver's acknowledgement, with the latency of each leg.
 *
 * The legs add up: decide + bus + driver + reclaim + swap I/O + acknowledge = total. A target of which no report has come for a
 * statistics interval is sent again: it was lost, or the report was. One that a newer target replaces is reported as not completed.
 */
import { type Context, FIRST_GUEST, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { type BalloonReport, BalloonState, type DriverStats } from "../../lib/wire/messages.ts";
import { type Action, finished, type Report, unfinished } from "./action.ts";
import { VmSet } from "./vmset.ts";

/** Action numbers of a later host epoch are larger than all of an earlier one. */
const ACTIONS_PER_EPOCH = 4_294_967_296;
const NO_TARGET = { action: 0, targetPages: 0 };

/** VMs are numbered from 0. */
export class Control {
  readonly #statisticsNs: number;
  readonly #actions: (Action | undefined)[];
  readonly #reports: (Report | undefined)[];
  /** VMs that have sent statistics since the last tick, and whose target was sent a while ago. */
  readonly #heard: VmSet;
  readonly #reported: VmSet;
  #next: number;
  /** The VM whose target was set last: the one that the audit looks at. */
  changed = 0;
  #sent = 0;
  #above = 0;

  constructor(vms: number, statisticsNs: number, hostEpoch: number) {
    this.#statisticsNs = statisticsNs;
    this.#actions = new Array<Action | undefined>(vms).fill(undefined);
    this.#reports = new Array<Report | undefined>(vms).fill(undefined);
    this.#heard = new VmSet(vms);
    this.#reported = new VmSet(vms);
    this.#next = hostEpoch * ACTIONS_PER_EPOCH;
  }

  /** The newest target, 0 for none. */
  targetPages(vm: number): number {
    return this.#actions[vm]?.targetPages ?? 0;
  }

  /** VMs that hold more than the target their driver was told, whether it is on its way or says that it has come as near as it gets. */
  get above(): number {
    return this.#above;
  }

  /** What the VM's driver was told last; 0 and 0 where it is to know of no target. */
  told(vm: number): { readonly action: number; readonly targetPages: number } {
    const action = this.#actions[vm];
    return action === undefined || action.untold === true ? NO_TARGET : action;
  }

  /** Targets sent since the last call. */
  takeSent(): number {
    const sent = this.#sent;
    this.#sent = 0;
    return sent;
  }

  /** Whether the driver has left the VM above its target and has not moved for `afterNs`. */
  isStuck(vm: number, nowNs: number, afterNs: number): boolean {
    const action = this.#actions[vm];
    return action !== undefined && isAbove(action) && nowNs - action.movedAtNs >= afterNs;
  }

  /** Takes over a target that an earlier host epoch has set. */
  adopt(vm: number, action: number, targetPages: number, nowNs: number): void {
    const none = { fromPages: targetPages, decidedAtNs: nowNs, decideNs: 0, sentAtNs: nowNs, actualPages: targetPages, movedAtNs: nowNs };
    this.#begin(vm, { action, targetPages, done: true, ...none });
  }

  /** Sets a VM's target. `decideNs`: age of the data that the decision used. */
  command(vm: number, targetPages: number, actualPages: number, decideNs: number, context: Context): void {
    if (this.targetPages(vm) === targetPages && this.#actions[vm]?.untold !== true) return;
    this.#giveUp(vm, context);
    const { nowNs } = context;
    const action = ++this.#next;
    const times = { decidedAtNs: nowNs, decideNs, sentAtNs: nowNs, movedAtNs: nowNs };
    this.#begin(vm, { action, fromPages: actualPages, targetPages, done: false, actualPages, ...times });
    this.#reports[vm] = undefined;
    this.changed = vm;
    this.#send(vm, context);
  }

  /** Sets the allotment of a VM whose driver is not told, or that has none: host swapping goes by it. */
  allot(vm: number, targetPages: number, context: Context): void {
    if (this.targetPages(vm) === targetPages) return;
    this.#giveUp(vm, context);
    this.adopt(vm, ++this.#next, targetPages, context.nowNs);
    (this.#actions[vm] as Action).untold = true;
    this.changed = vm;
  }

  /** The VM has lost its lease: what was under way will not be finished. */
  release(vm: number, context: Context): void {
    this.#giveUp(vm, context);
    this.#reports[vm] = undefined;
  }

  noteReport(vm: number, body: Readonly<BalloonReport>, nowNs: number): void {
    const action = this.#actions[vm];
    if (action === undefined || action.done || body.action !== action.action) return;
    this.#moved(action, body.actualPages, nowNs);
    this.#reports[vm] = { body, heardAtNs: nowNs };
    this.#reported.add(vm);
  }

  noteStats(vm: number, stats: Readonly<DriverStats>, nowNs: number): void {
    const action = this.#actions[vm];
    if (action === undefined) return;
    this.#moved(action, stats.actualPages, nowNs);
    if (action.done) return;
    if (nowNs - action.sentAtNs >= this.#statisticsNs) this.#heard.add(vm);
  }

  /** Reports what was completed, and sends again what was lost. */
  tick(context: Context): void {
    for (const vm of this.#reported.sorted()) this.#complete(vm, context);
    this.#reported.clear();
    for (const vm of this.#heard.sorted()) {
      const action = this.#actions[vm];
      if (action === undefined || action.done) continue;
      const report = this.#reports[vm];
      if (report !== undefined && context.nowNs - report.heardAtNs < this.#statisticsNs) continue;
      action.sentAtNs = context.nowNs;
      this.#send(vm, context);
    }
    this.#heard.clear();
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#next);
    for (const action of this.#actions) {
      hasher.number(action?.action ?? 0);
      hasher.word(action?.targetPages ?? 0);
      hasher.word(action?.done === true ? 1 : 0);
    }
  }

  #begin(vm: number, action: Action): void {
    const before = this.#actions[vm];
    if (before !== undefined && isAbove(before)) this.#above--;
    if (isAbove(action)) this.#above++;
    this.#actions[vm] = action;
  }

  #moved(action: Action, actualPages: number, nowNs: number): void {
    if (action.actualPages === actualPages) return;
    if (isAbove(action)) this.#above--;
    action.actualPages = actualPages;
    action.movedAtNs = nowNs;
    if (isAbove(action)) this.#above++;
  }

  #send(vm: number, context: Context): void {
    const action = this.#actions[vm] as Action;
    const { targetPages, decidedAtNs, decideNs } = action;
    context.send(FIRST_GUEST + vm, "setTarget", { action: action.action, targetPages, decidedAtNs, decideNs });
    this.#sent++;
  }

  #complete(vm: number, context: Context): void {
    const action = this.#actions[vm];
    const report = this.#reports[vm];
    if (action === undefined || report === undefined || action.done || report.body.action !== action.action) return;
    if (report.body.state !== BalloonState.BALLOON_STATE_AT_TARGET || report.body.doneAtNs === 0) return;
    action.done = true;
    context.send(MONITOR, "controlAction", finished(vm, action, report));
  }

  #giveUp(vm: number, context: Context): void {
    const action = this.#actions[vm];
    if (action === undefined || action.done) return;
    this.#complete(vm, context);
    if (action.done) return;
    action.done = true;
    context.send(MONITOR, "controlAction", unfinished(vm, action, context.nowNs));
  }
}

/** Of a target that its driver was not told it can not be held to be short. */
function isAbove({ actualPages, targetPages, untold }: Action): boolean {
  return untold !== true && actualPages > targetPages;
}
