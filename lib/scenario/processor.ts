/** A guest's virtual CPUs, and what its kernel's work takes of them. */
export interface ProcessorConfig {
  readonly cpus: number;
  /** CPU time of one touch without a fault: of the think time, what is not sleep. */
  readonly touchNs: number;
  /** CPU time of one read of a file; absent: that of a fault. */
  readonly fileReadNs?: number;
  /** CPU time of one page that a fault reads, of one that reclaim looks at, and of one that it writes to swap. */
  readonly faultNs: number;
  /** CPU time of a fault that reads nothing: a page in the swap cache is mapped, or written for the first time. Absent: none. */
  readonly minorFaultNs?: number;
  readonly scanNs: number;
  /** CPU time of one page that reclaim takes from its program, to be written or not; absent: none. */
  readonly unmapNs?: number;
  readonly swapOutNs: number;
  /** Of the time in which the balloon driver takes a page at its best: what it computes; the rest it waits for the host. Absent: all. */
  readonly inflateShare?: number;
}
