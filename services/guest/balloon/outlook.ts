/** What a balloon driver is going to move, and what the guest lets it have. */
import type { Machine } from "../machine.ts";
import type { Balloon } from "./balloon.ts";

/** Pages that it would give back within `stepNs`. */
export function deflationPages({ active, gapPages, speed }: Balloon, stepNs: number): number {
  return active ? Math.max(0, Math.min(-gapPages, speed.given(stepNs))) : 0;
}

/** Pages that it would take within `stepNs` if memory were free. */
export function inflationPages({ active, gapPages, speed, faults }: Balloon, stepNs: number, backedPages: number): number {
  return active && !faults.refusing ? Math.max(0, Math.min(gapPages, speed.taken(stepNs, backedPages))) : 0;
}

/** Of `pages` that it asks for, how many it takes from the guest. */
export function takenOf(pages: number, machine: Machine): number {
  const { faults, rules } = machine.balloon;
  return faults.refusing ? 0 : Math.min(pages, rules.sparePages(machine));
}
