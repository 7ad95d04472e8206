/** The catalogue of faults (docs/faults.md). */

export const DRIVER_FAULTS = [
  "driver-stuck",
  "driver-missing",
  "driver-slow",
  "driver-refusing",
  "driver-over-reporting",
  "driver-under-reporting",
  "driver-stale",
  "driver-deflating",
] as const;

export const FAULT_NAMES = ["crash", "hang", ...DRIVER_FAULTS, "disk-slow", "link-drop", "link-delay", "link-duplicate"] as const;

export type FaultName = (typeof FAULT_NAMES)[number];
