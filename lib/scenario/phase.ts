/** What changes in the course of a run. */

/** At `atNs` the named values change; what is not named stays. */
export interface PhaseConfig {
  readonly atNs: number;
  readonly name: string;
  readonly threads?: number;
  readonly thinkNs?: number;
  readonly touches?: number;
  /** What the host leaves of its virtual CPUs, where CPU time is counted. */
  readonly cpus?: number;
  readonly regions?: Readonly<Record<string, RegionChange>>;
}

export interface RegionChange {
  readonly pages?: number;
  readonly weight?: number;
  readonly writes?: number;
  /** Of the region's own. */
  readonly threads?: number;
  /** Share of the region's pages whose popularity is drawn anew: a shift of the working set. */
  readonly shift?: number;
}
