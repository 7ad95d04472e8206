/**
 * Proxmox VE auto-ballooning: how one cycle's surplus or shortage is spread over VMs (pve-manager PVE/AutoBalloon.pm).
 *
 * Bytes throughout, decimal or binary. Known faults are part of it: a VM above its share shrinks while the pool grows, so
 * targets can oscillate (case 16 of test/balloontest.pl), and a shortage that the comfortable VMs cannot meet also squeezes
 * the pressed ones.
 */

export const DEAD_BAND_BYTES = 10 * 1024 * 1024;
export const MAX_CHANGE_BYTES = 100 * 1024 * 1024;
export const DEFAULT_SHARES = 1000;
export const DEFAULT_GOAL_PERCENT = 80;

export interface ProxmoxVm {
  readonly id: string;
  /** What query-balloon calls `actual`; 0 when no driver answers. */
  readonly balloonBytes: number;
  readonly minimumBytes: number;
  readonly maximumBytes: number;
  /** Guest MemFree: page cache counts as used. Undefined when the guest does not report. */
  readonly freeBytes?: number | undefined;
  readonly shares?: number | undefined;
  readonly lock?: string | undefined;
}

/** Positive: memory to hand out; negative: to take back. `usedBytes` is the host's MemTotal less MemAvailable. */
export function goalOf(totalBytes: number, usedBytes: number, goalPercent: number): number {
  return Math.trunc((totalBytes * goalPercent) / 100 - usedBytes);
}

/** New balloon values of the VMs that the cycle touched. */
export function spread(vms: readonly ProxmoxVm[], goalBytes: number, maxChangeBytes: number): Map<string, number> {
  const targets = new Map<string, number>();
  const eligible = vms.filter(isEligible);
  if (goalBytes > DEAD_BAND_BYTES) {
    const rest = distribute(eligible.filter(isPressed), goalBytes, maxChangeBytes, targets);
    if (rest >= goalBytes) distribute(eligible, rest, maxChangeBytes, targets);
  } else if (goalBytes < -DEAD_BAND_BYTES) {
    const comfortable = eligible.filter((vm) => !isPressed(vm));
    const rest = distribute(comfortable, goalBytes, maxChangeBytes, targets);
    if (rest <= goalBytes) distribute(eligible, rest, maxChangeBytes, targets);
  }
  return targets;
}

function isEligible(vm: ProxmoxVm): boolean {
  return vm.balloonBytes !== 0 && vm.minimumBytes !== 0 && vm.lock !== "migrate" && vm.shares !== 0;
}

/** A VM that reports no free memory, or exactly none, counts as pressed. */
function isPressed(vm: ProxmoxVm): boolean {
  const { freeBytes } = vm;
  if (freeBytes === undefined || freeBytes === 0) return true;
  return !(freeBytes > 0.25 * vm.minimumBytes && vm.balloonBytes >= vm.minimumBytes);
}

/**
 * Rounds of proportional sharing above the minimum, until nothing is left or nothing moves; returns what is left.
 * Every change is bounded against the VM's value before the cycle, so rounds do not add up past `maxChangeBytes`.
 */
function distribute(vms: readonly ProxmoxVm[], bytes: number, maxChangeBytes: number, targets: Map<string, number>): number {
  const done = new Set<string>();
  let rest = bytes;
  while (rest !== 0) {
    const open = vms.filter((vm) => !done.has(vm.id));
    const round = shareOut(open, bytes, rest, maxChangeBytes, targets, done);
    rest -= round.changes;
    if (!round.repeat || round.progress === 0) break;
  }
  return rest;
}

interface Round {
  changes: number;
  progress: number;
  repeat: boolean;
}

function shareOut(
  open: readonly ProxmoxVm[],
  bytes: number,
  rest: number,
  maxChangeBytes: number,
  targets: Map<string, number>,
  done: Set<string>,
): Round {
  const round: Round = { changes: 0, progress: 0, repeat: false };
  let allocated = 0;
  let sharesTotal = 0;
  for (const vm of open) {
    allocated += (targets.get(vm.id) ?? vm.balloonBytes) - vm.minimumBytes;
    sharesTotal += vm.shares ?? DEFAULT_SHARES;
  }
  const pool = allocated + rest;
  for (const vm of open) {
    // The order of operations decides the last unit: quotient first, then times shares.
    const wanted = vm.minimumBytes + Math.trunc((pool / sharesTotal) * (vm.shares ?? DEFAULT_SHARES));
    const desired = wanted > vm.maximumBytes ? vm.maximumBytes : Math.max(wanted, vm.minimumBytes);
    if (desired !== wanted) round.repeat = true;
    const target = limited(vm, desired, bytes, maxChangeBytes);
    if (target === undefined) {
      done.add(vm.id);
      continue;
    }
    const difference = target - (targets.get(vm.id) ?? vm.balloonBytes);
    if (difference === 0) continue;
    targets.set(vm.id, target);
    round.changes += difference;
    round.progress += Math.abs(target - vm.balloonBytes);
    round.repeat = true;
  }
  return round;
}

/** The step toward `desired` that one cycle allows; undefined where the VM has nothing to do. */
function limited(vm: ProxmoxVm, desired: number, bytes: number, maxChangeBytes: number): number | undefined {
  if (bytes > 0 && desired > vm.balloonBytes) return Math.min(desired, vm.balloonBytes + maxChangeBytes);
  if (desired < vm.balloonBytes) return Math.max(desired, vm.balloonBytes - maxChangeBytes);
  return undefined;
}
