/** How much VMs were slowed, side by side: one that stands still is the slowest of all, and not left out. */
import { MOST_SLOWDOWN } from "./aggregate/flow.ts";
import type { VmFigures } from "./figures.ts";

type Slowed = Pick<VmFigures, "slowdown" | "idledIntervals">;

/** At most MOST_SLOWDOWN, which stands for standing still; null where the VM had no work. */
export function slowdownOfVm({ slowdown, idledIntervals }: Slowed): number | null {
  if (slowdown === null) return idledIntervals > 0 ? MOST_SLOWDOWN : null;
  return Math.min(slowdown, MOST_SLOWDOWN);
}

/** Of the VMs that had work, ascending. */
export function slowdownsOf(vms: readonly Slowed[]): number[] {
  return vms.flatMap((vm) => slowdownOfVm(vm) ?? []).sort((a, b) => a - b);
}

/** The quantile `share` of ascending values, by nearest rank; null where there are none. */
export function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.ceil(share * ascending.length) - 1] ?? null;
}
