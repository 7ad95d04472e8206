/**
 * Hyper-V's driver (drivers/hv/hv_balloon.c). A request is fulfilled as far as the guest stays above its floor, in 2 MiB pages until one
 * fails; the rest is not tried again, and the reply says how much it was. Its statistics are the available and the committed memory.
 */
import { floorPages } from "../../../lib/scenario/hypervfloor.ts";
import { SECOND_NS } from "../../../lib/units.ts";
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

export function floorOf({ memory }: Machine): number {
  return floorPages(memory.sizePages - memory.balloonPages);
}
