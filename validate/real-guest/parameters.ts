/**
 * What emulation distorts, and what an experiment does not say: one set for all experiments.
 *
 * Each is read off the half of the experiments that is marked as fitted (split.ts), none off a single row: speeds are medians
 * over that half's levels. The experiments ran under QEMU's TCG, so none of these is a real CPU's or a real device's speed.
 */

export interface Parameters {
  /** CPU time of one access without a fault; the threads share one vCPU. */
  readonly accessNs: number;
  /** CPU time of one page read from swap or from a file. */
  readonly faultCpuNs: number;
  /** Response of an unthrottled device, that is of the host's page cache. */
  readonly deviceNs: number;
  /** Pages that one merged write of reclaim or of the flusher carries. */
  readonly pagesPerWrite: number;
  /** Pages per second that reclaim can write under load: it needs the CPU too. */
  readonly writePagesPerS: number;
  readonly inflatePagesPerS: number;
  readonly deflatePagesPerS: number;
}

export const PARAMETERS: Parameters = {
  accessNs: 1_000,
  faultCpuNs: 550_000,
  deviceNs: 100_000,
  pagesPerWrite: 16,
  writePagesPerS: 4_000,
  inflatePagesPerS: 89_600,
  deflatePagesPerS: 204_800,
};
