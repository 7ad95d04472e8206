/** What a Hyper-V guest keeps for itself, by its managed memory: compute_balloon_floor(), Linux drivers/hv/hv_balloon.c. */
import { PAGES_PER_MIB } from "../units.ts";

/** Each range begins at: base and share of the memory. */
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
