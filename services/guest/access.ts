/**
 * The host's sampling of accessed pages (OSDI'02 section 5.3): it invalidates the mappings of pages chosen at random and
 * counts those touched within a period. The count is all that the host learns of the true working set.
 */
import type { Random } from "../../lib/engine/random.ts";
import { KERNEL_TOUCH_NS } from "./background.ts";
import type { Machine } from "./machine.ts";
import { KERNEL } from "./memory.ts";

/** Draws how many of `pages` random guest-physical pages were touched since the last call, `periodNs` ago. */
export function drawTouched(machine: Machine, pages: number, periodNs: number, random: Random): number {
  const { memory, workload } = machine;
  let touched = memory.used(KERNEL) * (1 - Math.exp(-periodNs / KERNEL_TOUCH_NS));
  for (const region of workload.regions) {
    touched += touchedOf(region);
    region.sampledAccesses = 0;
    region.sampledGrowth = 0;
  }
  const used = memory.sizePages - memory.balloonPages - memory.freePages;
  return random.binomial(pages, Math.min(1, Math.min(touched, used) / memory.sizePages));
}

/** Resident pages of a region that were drawn at least once, or touched because they are new. */
function touchedOf(region: Machine["workload"]["regions"][number]): number {
  if (region.touchedPages === 0) return 0;
  const old = 1 - Math.min(1, region.sampledGrowth / region.touchedPages);
  let touched = 0;
  for (let i = 0; i < region.pages.length; i++) {
    // The rate is per access of the workload, the count is of the region's own.
    const own = region.share > 0 ? (region.rate[i] as number) / region.share : 0;
    const draws = own * region.sampledAccesses;
    const untouched = region.scan ? Math.max(0, 1 - draws) : Math.exp(-draws);
    touched += (region.pages[i] as number) * (1 - (region.missing[i] as number)) * (1 - untouched * old);
  }
  return touched;
}
