/** Compact form of many phases: one entry per interval of a trace. phasesOf() expands it. */
export interface SeriesConfig {
  /** Region whose size follows `pages`. */
  readonly region: string;
  /** Model time between entries; the first is at 0. */
  readonly intervalNs: number;
  readonly pages: readonly number[];
  /** CPU use in percent, 1 to 100: an operation's think time is the workload's thinkNs * 100 / busyPercent. */
  readonly busyPercent?: readonly number[];
}
