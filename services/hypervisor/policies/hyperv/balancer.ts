/**
 * A balancer in Hyper-V's place. How the real one weighs VMs, and in what steps, is not published: both ways offered here are
 * this project's choices. Published are demand, buffer, minimum, maximum and that the weight decides under contention.
 */
import { wantedMemory } from "./demand.ts";

/** `pressure`: level weighted pressure over all VMs; `priority`: serve the highest weight in full before the next. */
export type Contention = "pressure" | "priority";

export interface BalancedVm {
  readonly demand: number;
  readonly minimum: number;
  readonly maximum: number;
  /** 0 to 100, as in PowerShell. */
  readonly weight: number;
}

/** Weight at which a VM's pressure counts as it is. */
const NEUTRAL_WEIGHT = 50;
const BISECTIONS = 60;

/** Assignments in the order and unit of `vms`: all that is wanted where it fits, else shared out, never below the minima. */
export function assign(vms: readonly BalancedVm[], available: number, bufferPercent: number, contention: Contention): number[] {
  const wanted = vms.map((vm) => wantedMemory(vm.demand, bufferPercent, vm.minimum, vm.maximum));
  if (total(wanted) <= available) return wanted;
  return contention === "priority" ? byPriority(vms, wanted, available) : byPressure(vms, wanted, available);
}

/** The one level of demand per memory at which everything fits: a VM of twice the weight is held at half the pressure. */
function byPressure(vms: readonly BalancedVm[], wanted: readonly number[], available: number): number[] {
  const at = (level: number): number[] =>
    vms.map((vm, i) => Math.min(Math.max(vm.demand * influence(vm.weight) * level, vm.minimum), wanted[i] as number));
  let low = 0;
  let high = 1;
  for (let i = 0; i < BISECTIONS && total(at(high)) <= available; i++) high *= 2;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (total(at(middle)) <= available) low = middle;
    else high = middle;
  }
  return at(low);
}

function influence(weight: number): number {
  return Math.max(weight, 1) / NEUTRAL_WEIGHT;
}

/** Equal weights are served in the order of the roster. */
function byPriority(vms: readonly BalancedVm[], wanted: readonly number[], available: number): number[] {
  const assigned = vms.map((vm) => vm.minimum);
  let left = available - total(assigned);
  const order = vms.map((_, i) => i).sort((a, b) => (vms[b] as BalancedVm).weight - (vms[a] as BalancedVm).weight || a - b);
  for (const i of order) {
    const given = Math.max(0, Math.min((wanted[i] as number) - (assigned[i] as number), left));
    assigned[i] = (assigned[i] as number) + given;
    left -= given;
  }
  return assigned;
}

function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
