/**
 * Thresholds of free memory in VMware's products: shares of the machine's memory (ESX 2 to 4.0, OSDI'02 section 6.3), or of
 * `minFree`, which grows more slowly than the machine (vSphere 4.1 and later).
 */
import type { HostStatesConfig } from "../../../lib/scenario/scenario.ts";
import { PAGES_PER_MIB } from "../../../lib/units.ts";
import { type Thresholds, thresholdsOf } from "../states.ts";

export type Generation = "2002" | "vsphere5" | "vsphere6";

const GIB_PAGES = 1024 * PAGES_PER_MIB;

/** Shares of machine memory by slice, in GiB from 0 (frankdenneman.nl, 2011-07-26). */
const SLICES = [
  { toGib: 4, share: 0.06 },
  { toGib: 12, share: 0.04 },
  { toGib: 28, share: 0.02 },
  { toGib: Number.POSITIVE_INFINITY, share: 0.01 },
] as const;

/** The sliding minFree. */
export function minFreePages(machinePages: number): number {
  let fromPages = 0;
  let pages = 0;
  for (const { toGib, share } of SLICES) {
    const toPages = Math.min(machinePages, toGib * GIB_PAGES);
    if (toPages > fromPages) pages += share * (toPages - fromPages);
    fromPages = Math.max(fromPages, toPages);
  }
  return pages;
}

/** `config`: the scenario's shares, which the generation of 2002 takes, and the margin of every generation's hysteresis. */
export function esxThresholds(generation: Generation, config: HostStatesConfig, machinePages: number): Thresholds {
  if (generation === "2002") return thresholdsOf(config, machinePages);
  const minFree = minFreePages(machinePages);
  const of = (share: number): number => Math.ceil(share * minFree);
  const common = { softPages: of(0.64), hardPages: of(0.32), lowPages: of(0.16), margin: config.margin };
  // In vSphere 6 the high state begins at four times minFree; what it calls clear was the old high (yellow-bricks.com, 2015).
  return generation === "vsphere5" ? { ...common, highPages: of(1) } : { ...common, highPages: of(4), clearPages: of(1) };
}
