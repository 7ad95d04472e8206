/** The five phases that squeezed's test suite plays on its simulated host. */
import { type Goal, isDoneAtOnce, Run } from "../../services/hypervisor/policies/squeezed/run.ts";
import type { Safeguards } from "../../services/hypervisor/policies/squeezed/targets.ts";
import { type Machine, OverAllocation } from "./squeezed-drivers.ts";

const MAX_TICKS = 100_000;
const TAKEN_KIB = 500;
const LEFT_KIB = 32;
const ADMIN_DOMAIN = 0;

export interface Played {
  readonly outcome: string;
  readonly phase: string;
  readonly ticksAtFree: number;
  readonly trace: unknown[];
}

/** A run that ends without having reached its goal, with the text that the original's suite prints. */
class Failed extends Error {}

export function play(machine: Machine, requiredKib: number, safeguards: Safeguards): Played {
  const trace: unknown[] = [];
  let phase = "free";
  let ticksAtFree = -1;
  const change = (goal: Goal) => changeFree(machine, goal, requiredKib, safeguards, trace);
  try {
    change({ requiredKib, isReached: (freeKib) => freeKib >= requiredKib });
    phase = "verify";
    verify(machine, requiredKib);
    ticksAtFree = machine.ticks;
    machine.freeKib -= TAKEN_KIB;
    phase = "rebalance";
    change({ requiredKib: 0, isReached: (freeKib) => freeKib <= LEFT_KIB });
    phase = "verify";
    verify(machine, 0);
    return { outcome: "ok", phase: "done", ticksAtFree, trace };
  } catch (error) {
    if (error instanceof OverAllocation) return { outcome: `Failure: ${error.message}`, phase, ticksAtFree, trace };
    if (error instanceof Failed) return { outcome: error.message, phase, ticksAtFree, trace };
    throw error;
  }
}

function changeFree(machine: Machine, goal: Goal, slushKib: number, safeguards: Safeguards, trace: unknown[]): void {
  if (isDoneAtOnce(machine.domains(), machine.freeKib, goal.requiredKib, slushKib)) return;
  const run = new Run(goal, safeguards);
  while (machine.ticks < MAX_TICKS) {
    const { verdict, limits } = run.iterate(machine.domains(), machine.freeKib, machine.nowS);
    for (const [id, kib] of limits) machine.setLimit(id, kib);
    if (verdict.kind === "success") return;
    if (verdict.kind === "failed") throw new Failed(refusal(verdict.refusing, goal.requiredKib, machine.freeKib));
    machine.tick();
    trace.push({ t: machine.nowS, free: machine.freeKib, domains: machine.rows() });
  }
  throw new Failed(`no end within ${MAX_TICKS} ticks`);
}

function refusal(refusing: readonly number[], requiredKib: number, freeKib: number): string {
  const isNobody = refusing.length === 0 || (refusing.length === 1 && refusing[0] === ADMIN_DOMAIN);
  return isNobody ? `Cannot_free_this_much_memory(${requiredKib},${freeKib})` : `Domains_refused_to_cooperate[${refusing.join(",")}]`;
}

/** What is free stays free when every driver has stopped anywhere within its inaccuracy. */
function verify(machine: Machine, requiredKib: number): void {
  let promised = 0;
  for (const { targetKib, inaccuracyKib, actualKib } of machine.domains()) promised += targetKib + inaccuracyKib - actualKib;
  if (machine.freeKib - promised < requiredKib) throw new Failed(`Failure: ${machine.freeKib - promised} free, less than ${requiredKib}`);
}
