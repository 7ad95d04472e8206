/**
 * Hyper-V Dynamic Memory: what a guest says it needs, and what its host would like it to have (Microsoft's documentation of
 * Set-VMMemory; Linux drivers/hv/hv_balloon.c). Megabytes are binary.
 */

/** Memory that a guest keeps for itself, by its size (hv_balloon.c compute_balloon_floor). MiB of managed memory. */
export function floorMib(managedMib: number): number {
  if (managedMib < 128) return 8 + Math.floor(managedMib / 2);
  if (managedMib < 512) return 40 + Math.floor(managedMib / 4);
  if (managedMib < 2048) return 104 + Math.floor(managedMib / 8);
  if (managedMib < 8192) return 232 + Math.floor(managedMib / 16);
  return 488 + Math.floor(managedMib / 32);
}

/** Demand with the head-room that the buffer promises, within what the VM may have. Any one unit. */
export function wantedMemory(demand: number, bufferPercent: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(demand * (1 + bufferPercent / 100), minimum), maximum);
}
