/**
 * Hyper-V's driver (drivers/hv/hv_balloon.c). A request is fulfilled as far as the guest stays above its floor, in 2 MiB pages until one
 * fails; the rest is not tried again, and the reply says how much it was. Its statistics are the available and the committed memory.
 */
import { PAGES_PER_MIB, SECOND_NS } from "../../../lib/units.ts";
import { availablePages } from "../available.ts";
import type { Machine } from "../machine.ts";
import type { DriverRules } from "./rules.ts";

/** pressure_report_delay: so many calls of once a second say nothing, for memory is in uproar while the guest boots. */
export const PRESSURE_DELAY_NS = 45 * SECOND_NS;

export const HYPERV: DriverRules = {
  chunkPages: 512,
  backOffNs: 0,
  pollNs: 0,
  quietNs: 0,
  slackPages: 0,
  resets: false,
  mostPages: (sizePages) => sizePages,
  sparePages: (machine) => Math.max(0, availablePages(machine) - floorOf(machine)),
};

/** compute_balloon_floor(): what a guest is left by its managed memory. Each range begins at: base and share of the memory. */
const FLOORS = [
  { belowMib: 128, baseMib: 8, part: 2 },
  { belowMib: 512, baseMib: 40, part: 4 },
  { belowMib: 2_048, baseMib: 104, part: 8 },
  { belowMib: 8_192, baseMib: 232, part: 16 },
  { belowMib: Number.POSITIVE_INFINITY, baseMib: 488, part: 32 },
] as const;

/** Pages for managed memory of so many. */
export function floorPages(managedPages: number): number {
  const floor = FLOORS.find(({ belowMib }) => managedPages < belowMib * PAGES_PER_MIB) ?? FLOORS[4];
  return Math.floor(floor.baseMib * PAGES_PER_MIB + managedPages / floor.part);
}

export function floorOf({ memory }: Machine): number {
  return floorPages(memory.sizePages - memory.balloonPages);
}
