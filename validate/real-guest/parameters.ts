/**
 * What emulation distorts, and what an experiment does not say: one set for all experiments.
 *
 * Chosen by `aerostat validate --fit` (fit.ts): a search for the least mean of error over tolerance, over all rows of the
 * half of the experiments that is marked as fitted (split.ts); none is turned for a single row, and none is of the guest's
 * memory model. The experiments ran under QEMU's TCG, so these are the speeds of no real CPU and of no real device.
 */

export interface Parameters {
  /** CPU time of one access of a thread that paces itself, which sleeps and wakes for it; what others take is measured in each run. */
  readonly accessNs: number;
  /** CPU time of one access to a file that is cached: a read() or write() of a page. */
  readonly fileAccessNs: number;
  /** CPU time of one page read from swap, asked for or by read-ahead, and of one read from a file. */
  readonly faultCpuNs: number;
  readonly fileReadCpuNs: number;
  /**
   * CPU time of one fault without a read. Not searched for: least squares of the emulator's CPU time by accesses, reads and these faults,
   * over the seconds of the recovery in the fitted half in which the guest was never idle, give 72 (13) microseconds, and 76 (11) by the
   * guest's own clock, beside 0.95 (0.04) for an access.
   */
  readonly minorCpuNs: number;
  /** Response of an unthrottled device, the host's page cache. Not searched for: QEMU counted 12 to 30 microseconds for a read. */
  readonly deviceNs: number;
  /** Pages that one merged write of reclaim carries; one of the flusher: neighbours in a file of which half is dirty. */
  readonly pagesPerWrite: number;
  readonly filePagesPerWrite: number;
  /**
   * CPU time of one page that reclaim looks at, of one that it unmaps, and of one that it writes to swap beside. Unmapped is a clean page
   * too: its entry in the page table is found and changed, the TLB flushed (mm/rmap.c, try_to_unmap_one()), and the page leaves the swap
   * cache in the end (mm/vmscan.c, __remove_mapping()).
   */
  readonly scanCpuNs: number;
  readonly unmapCpuNs: number;
  readonly swapOutCpuNs: number;
  /** Share of the time of an inflation that is the guest's, and not its host's. */
  readonly inflateShare: number;
  readonly inflatePagesPerS: number;
  readonly deflatePagesPerS: number;
}

export const PARAMETERS: Parameters = {
  accessNs: 10_000,
  fileAccessNs: 20_000,
  faultCpuNs: 475_000,
  fileReadCpuNs: 300_000,
  minorCpuNs: 75_000,
  deviceNs: 20_000,
  pagesPerWrite: 40,
  filePagesPerWrite: 2,
  scanCpuNs: 4_400,
  unmapCpuNs: 85_000,
  swapOutCpuNs: 15_000,
  inflateShare: 0.85,
  inflatePagesPerS: 100_000,
  deflatePagesPerS: 230_000,
};
