/**
 * A scenario as the actors get it: resolved, in model units, one entry per VM.
 *
 * The file format (YAML, units, groups of VMs) is lib/scenario/schema.ts; lib/scenario/resolve.ts makes this from it.
 * It is plain JSON, so the conductor can hand it to a process.
 */
import type { Compressible, CompressionConfig } from "./compression.ts";
import type { RegionContents } from "./contents.ts";
import type { DriverConfig } from "./driver.ts";
import type { FaultName } from "./faultnames.ts";
import type { PhaseConfig } from "./phase.ts";
import type { PopularityLaw } from "./popularity.ts";
import type { ProcessorConfig } from "./processor.ts";
import type { SeriesConfig } from "./recording.ts";
import type { ThreadsConfig } from "./threads.ts";
import type { Watermarks } from "./watermarks.ts";

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly durationNs: number;
  /** Wall clock: model seconds per second. */
  readonly speed: number;
  /** Length of a guest's step, and of the host's tick. */
  readonly stepNs: number;
  /** Interval of telemetry to the monitor. */
  readonly sampleNs: number;
  readonly network: NetworkConfig;
  readonly host: HostConfig;
  /** In roster order: guest i is actor FIRST_GUEST + i. */
  readonly guests: readonly GuestConfig[];
  readonly faults: readonly FaultConfig[];
  /** After the last fault heals, every cooperative driver must reach its target within this time. */
  readonly convergenceNs: number;
}

export interface NetworkConfig {
  /** Least latency of every link: the lookahead of the virtual clock. */
  readonly latencyNs: number;
  /** Uniform extra latency in [0, jitterNs]. */
  readonly jitterNs: number;
}

export interface HostConfig {
  readonly name: string;
  readonly memoryPages: number;
  readonly reservedPages: number;
  /** Machine pages that the host spends on each VM beside its memory (OSDI'02 section 6.2). */
  readonly overheadPagesPerVm: number;
  /** Size of the host's swap. */
  readonly swapPages: number;
  /** A guest that is silent for this long loses its lease and its pages. */
  readonly leaseNs: number;
  /** Interval of driver statistics. */
  readonly statisticsNs: number;
  readonly hostSwap: boolean;
  /** Victims of host swapping. */
  readonly hostSwapVictims: "random" | "lru" | undefined;
  /** Page sharing: pages that the host looks at per second, over all VMs, for contents equal to others'; 0: none. */
  readonly shareScanPagesPerS: number;
  /** Compressed pool, for pages that would go to the host's swap; absent: none. */
  readonly compression?: CompressionConfig;
  readonly states: HostStatesConfig;
  readonly disk: DiskConfig;
  readonly policy: PolicyConfig;
}

/** Free-memory thresholds of the host's states, as shares of machine memory (OSDI'02 section 6.3: 6, 4, 2, 1 %). */
export interface HostStatesConfig {
  readonly high: number;
  readonly soft: number;
  readonly hard: number;
  readonly low: number;
  /** A state is left upwards only above its threshold times this margin. */
  readonly margin: number;
}

export interface PolicyConfig {
  readonly name: string;
  /** The policy's own parameters, checked by its own schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface DiskConfig {
  /** Requests served at the same time. */
  readonly channels: number;
  readonly service: {
    /** Mean service time of one operation, by kind. */
    readonly randomReadNs: number;
    /** Of eight pages (vm.page-cluster of 3); more or fewer differ by their transfer. */
    readonly clusteredReadNs: number;
    /** One page of a clustered read at the device's bandwidth; 0: no bound. */
    readonly transferNs: number;
    readonly clusteredWriteNs: number;
  };
  /** Coefficient of variation of service times. */
  readonly variation: number;
  /** Pages that one clustered write carries. */
  readonly pagesPerClusteredWrite: number;
  /** How requests wait: "shared" in one line (absent: this); "banks" each at the channel of its data, any with equal chance. */
  readonly queueing?: "shared" | "banks";
  /** Banks that one operation visits in turn, an equal part of its service at each (absent: 1). */
  readonly stripes?: number;
}

export interface GuestConfig {
  readonly name: string;
  readonly group: string;
  readonly sizePages: number;
  /** Guaranteed: no policy takes the guest below it. */
  readonly minimumPages: number;
  readonly shares: number;
  readonly kernelPages: number;
  readonly swapPages: number;
  /** 0 to 200, as vm.swappiness. */
  readonly swappiness: number;
  /** log2 of the pages of one swap read-ahead, as vm.page-cluster. */
  readonly pageCluster: number;
  /** By kind of memory: its guest's anonymous memory and its file cache may be replaced in different ways. */
  readonly replacement: { readonly anonymous: Lives; readonly file: Lives };
  /** Machine pages held in reserve, so that a quiet guest sends nothing. */
  readonly creditPages: number;
  readonly bootNs: number;
  /** Watermarks of free memory at boot; absent: those of the default vm.min_free_kbytes for the size. */
  readonly watermarks?: Watermarks;
  /** Its virtual CPUs, and what the kernel's work takes of them; absent: threads never wait for a CPU, and that work takes no time. */
  readonly processor?: ProcessorConfig;
  /** How well its pages compress; absent: as most do. */
  readonly compressible?: Compressible;
  readonly driver: DriverConfig;
  readonly workload: WorkloadConfig;
}

/** Replacement law: how often reclaim passes over a page that is not touched before it takes it. 1 is RANDOM; LRU is the limit of many. */
export type Lives = "lru" | number;

export interface WorkloadConfig {
  readonly threads: number;
  /** CPU time of one operation. */
  readonly thinkNs: number;
  /** Pages that one operation touches. */
  readonly touches: number;
  readonly regions: readonly RegionConfig[];
  /** In order of time. With a series, lib/scenario/series.ts gives all of them: phasesOf(workload). */
  readonly phases: readonly PhaseConfig[];
  /** A recording that the workload follows. */
  readonly series?: SeriesConfig;
  /** An operating system's delay before the workload is started again after the OOM killer ended it. */
  readonly restartNs: number;
}

export interface RegionConfig {
  readonly name: string;
  readonly kind: "anonymous" | "file";
  readonly pages: number;
  readonly law: PopularityLaw;
  /** Share of accesses that write. */
  readonly writes: number;
  /** Share of the workload's touches that go to this region, relative to the other regions' weights. */
  readonly weight: number;
  /** Threads that visit this region alone, as no others do; `weight` then says nothing. Absent: the workload's threads visit it. */
  readonly own?: ThreadsConfig;
  /** Pages whose contents others have as well: what page sharing can find. Absent: none. */
  readonly contents?: RegionContents;
}

export type { FaultName } from "./faultnames.ts";
export type { PhaseConfig, RegionChange } from "./phase.ts";
export type { PopularityLaw } from "./popularity.ts";

export interface FaultConfig {
  readonly atNs: number;
  readonly fault: FaultName;
  /** Name of an actor: a VM, the host or `monitor`. For link faults, the sender. */
  readonly target: string;
  /** For link faults, the receiver; absent: every receiver. */
  readonly peer?: string;
  readonly durationNs: number;
  /** Drop, duplicate: probability. Disk: factor on service times. */
  readonly amount: number;
  readonly delayNs: number;
}
