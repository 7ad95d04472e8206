/** The figures of any span of a recorded run, from its tables. */
import { GuestFlow } from "../aggregate/flow.ts";
import { HOST_STATES, HostFlow, type HostFlowSample, type HostStateName } from "../aggregate/host.ts";
import { fairnessOf, type HostFigures, hostFigures, type VmFigures, vmFigures } from "../figures.ts";
import { type Row, readTable } from "./read.ts";

/** Memory of a VM over a span: means of its samples, in pages. */
export interface MemoryMeans {
  readonly balloonPages: number;
  readonly freePages: number;
  readonly anonymousPages: number;
  readonly cachePages: number;
  readonly swappedPages: number;
  readonly targetPages: number;
}

export interface WindowFigures {
  readonly fromNs: number;
  readonly toNs: number;
  readonly host: HostFigures;
  /** By name. */
  readonly vms: ReadonlyMap<string, VmFigures & { readonly memory: MemoryMeans }>;
  readonly fairness: number | null;
}

const SUMS = {
  intervalNs: "interval_ns",
  operations: "operations",
  unpressedOperations: "unpressed_operations",
  accesses: "accesses",
  minorFaults: "minor_faults",
  majorFaults: "major_faults",
  swapInPages: "swap_in_pages",
  swapOutPages: "swap_out_pages",
  fileReadPages: "file_read_pages",
  fileWritePages: "file_write_pages",
  hostSwapInPages: "host_swap_in_pages",
  refaultPages: "refault_pages",
  oomKills: "oom_kills",
  psiSomeNs: "psi_some_ns",
  psiFullNs: "psi_full_ns",
  stalledNs: "stalled_ns",
  linkStallNs: "link_stall_ns",
  blockedNs: "blocked_ns",
} as const;
const LEVELS = [
  "balloon_pages",
  "free_pages",
  "anonymous_pages",
  "cache_clean_pages",
  "cache_dirty_pages",
  "swapped_pages",
  "target_pages",
];
const HOST_COLUMNS = [
  "time_ns",
  "interval_ns",
  "state",
  "free_pages",
  "swap_in_pages",
  "compressed_pages",
  "decompressed_pages",
  "swap_out_pages",
  "disk_reads",
  "disk_writes",
  "disk_busy_ns",
  "disk_queue_ns",
  "disk_channels",
  "targets_set",
];

/** A run's samples in memory, to ask several spans of. */
export interface RecordedRun {
  /** Figures of the samples whose interval lies in [fromNs, toNs] for the most part. */
  windowed(fromNs: number, toNs: number): WindowFigures;
}

export async function openRun(folder: string): Promise<RecordedRun> {
  const samples = await readTable(folder, "samples", ["time_ns", "vm", ...Object.values(SUMS), ...LEVELS]);
  const host = await readTable(folder, "host", HOST_COLUMNS);
  return { windowed: (fromNs, toNs) => figures(samples, host, fromNs, toNs) };
}

function figures(samples: readonly Row[], host: readonly Row[], fromNs: number, toNs: number): WindowFigures {
  const inside = (row: Row): boolean => {
    const middleNs = num(row, "time_ns") - num(row, "interval_ns") / 2;
    return middleNs >= fromNs && middleNs < toNs;
  };
  const flows = new Map<string, GuestFlow>();
  const levels = new Map<string, number[]>();
  for (const row of samples) {
    const name = row.vm as string;
    if (!flows.has(name)) flows.set(name, new GuestFlow());
    if (!inside(row)) continue;
    const values = Object.entries(SUMS).map(([member, column]) => [member, num(row, column)] as const);
    flows.get(name)?.add(Object.fromEntries(values) as Record<keyof typeof SUMS, number>);
    const sums = levels.get(name) ?? LEVELS.map(() => 0);
    levels.set(
      name,
      sums.map((sum, i) => sum + num(row, LEVELS[i] as string)),
    );
  }
  const machine = new HostFlow();
  for (const row of host) if (inside(row)) machine.add(hostSample(row));
  const vms = new Map(
    [...flows].map(([name, flow]) => [name, { ...vmFigures(flow), memory: means(levels.get(name), flow.samples) }] as const),
  );
  return { fromNs, toNs, host: hostFigures(machine), vms, fairness: fairnessOf([...flows.values()]) };
}

function means(sums: readonly number[] | undefined, samples: number): MemoryMeans {
  const [balloonPages = 0, freePages = 0, anonymousPages = 0, clean = 0, dirty = 0, swappedPages = 0, targetPages = 0] = (sums ?? []).map(
    (sum) => sum / samples,
  );
  return { balloonPages, freePages, anonymousPages, cachePages: clean + dirty, swappedPages, targetPages };
}

function hostSample(row: Row): HostFlowSample {
  return {
    intervalNs: num(row, "interval_ns"),
    state: HOST_STATES.indexOf(row.state as HostStateName),
    freePages: num(row, "free_pages"),
    swapInPages: num(row, "swap_in_pages"),
    swapOutPages: num(row, "swap_out_pages"),
    compressedPages: num(row, "compressed_pages"),
    decompressedPages: num(row, "decompressed_pages"),
    diskReads: num(row, "disk_reads"),
    diskWrites: num(row, "disk_writes"),
    diskBusyNs: num(row, "disk_busy_ns"),
    diskQueueNs: num(row, "disk_queue_ns"),
    diskChannels: num(row, "disk_channels"),
    targetsSet: num(row, "targets_set"),
  };
}

function num(row: Row, column: string): number {
  return row[column] as number;
}
