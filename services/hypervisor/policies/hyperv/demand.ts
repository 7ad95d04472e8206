/**
 * Hyper-V Dynamic Memory: what a guest says it needs, and what its host would like it to have (Microsoft's documentation of
 * Set-VMMemory; Linux drivers/hv/hv_balloon.c). Megabytes are binary.
 */

/** Demand with the head-room that the buffer promises, within what the VM may have. Any one unit. */
export function wantedMemory(demand: number, bufferPercent: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(demand * (1 + bufferPercent / 100), minimum), maximum);
}
