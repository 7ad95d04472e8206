/** What the disk and the host gave for a step. */
export interface Service {
  readonly serviceNs: number;
  /** Coefficient of variation of the service time. */
  readonly serviceVariation: number;
  readonly waitProbability: number;
  readonly waitNs: number;
  readonly waitShape: readonly number[];
  /** Share of the asked writes that the disk carried. */
  readonly writeShare: number;
  /** Pages that may be written in the whole step. */
  readonly swapWritePages: number;
  readonly fileWritePages: number;
}

/** Mean response time of a read. */
export function readNsOf({ serviceNs, waitProbability, waitNs }: Service): number {
  return serviceNs + waitProbability * waitNs;
}
