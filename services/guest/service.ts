/** What the disk and the host gave for a step. */
export interface Service {
  readonly serviceNs: number;
  readonly waitProbability: number;
  readonly waitNs: number;
  readonly pageWaitNs: number;
  /** Share of the asked writes that the disk carried, and so the pages that may be written in the whole step. */
  readonly writeShare: number;
  readonly swapWritePages: number;
  readonly fileWritePages: number;
}
