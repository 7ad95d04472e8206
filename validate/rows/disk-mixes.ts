/** Requests that meet at the disk, from nearly idle to nearly full (docs/model.md section 6: utilisation 10 to 95 %). */
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { type Readers, simpleDisk } from "../disk-model.ts";

export interface DiskMix {
  readonly name: string;
  readonly config: DiskConfig;
  /** One VM each. */
  readonly populations: readonly Readers[];
  /** Clustered write operations, all VMs together. */
  readonly writesPerS: number;
}

const MS = 1e6;
const one = (threads: number, thinkNs: number): Readers => ({ threads, thinkNs, clustered: false });

export const DISK_MIXES: readonly [DiskMix, ...DiskMix[]] = [
  { name: "two-channels-exponential-busy", config: simpleDisk(2, MS, 1), populations: [one(6, 3 * MS)], writesPerS: 0 },
  { name: "one-channel-idle", config: simpleDisk(1, MS, 0.5), populations: [one(2, 18 * MS)], writesPerS: 0 },
  { name: "one-channel-half", config: simpleDisk(1, MS, 0.5), populations: [one(4, 7 * MS)], writesPerS: 0 },
  { name: "one-channel-full", config: simpleDisk(1, MS, 0.5), populations: [one(12, 9 * MS)], writesPerS: 0 },
  { name: "eight-channels-half", config: simpleDisk(8, MS, 0.2), populations: [one(16, 3 * MS)], writesPerS: 0 },
  { name: "eight-channels-full", config: simpleDisk(8, MS, 0.2), populations: [one(32, 2.8 * MS)], writesPerS: 0 },
  {
    name: "three-unequal-vms",
    config: simpleDisk(2, MS, 0.5),
    populations: [one(2, 4 * MS), one(4, 8 * MS), one(8, 20 * MS)],
    writesPerS: 0,
  },
  { name: "reads-and-writes", config: simpleDisk(2, MS, 0.5), populations: [one(4, 6 * MS), one(4, 6 * MS)], writesPerS: 600 },
  {
    name: "hdd-random-beside-clustered",
    config: DISK_PRESETS["hdd-7200"],
    populations: [one(1, 60 * MS), { threads: 4, thinkNs: 20 * MS, clustered: true }],
    writesPerS: 20,
  },
  { name: "sata-ssd", config: DISK_PRESETS["sata-ssd"], populations: [one(16, 0.2 * MS), one(4, 0.1 * MS)], writesPerS: 2_000 },
  { name: "nvme", config: DISK_PRESETS.nvme, populations: [one(32, 0.05 * MS), one(32, 0.05 * MS)], writesPerS: 2_000 },
  { name: "optane-full", config: DISK_PRESETS.optane, populations: [one(64, 0.03 * MS)], writesPerS: 1_000 },
];
