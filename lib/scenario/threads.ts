/** A region's own threads. */
export interface ThreadsConfig {
  readonly threads: number;
  /** CPU time of one touch; absent: an even part of the workload's operation. */
  readonly thinkNs?: number;
  /** A thread keeps to one touch each think time as long as it can: it makes up for what it waited. */
  readonly paced?: boolean;
  /** Of the think time, what is not sleep; absent: the processor's. */
  readonly touchNs?: number;
}
