/**
 * Devices to choose from. Random reads are measured (4 KiB, queue depths 1 and 16; mean, median and 99th percentile in us: Optane
 * P4800X 8.9 (9, 10) and 25.5 (25, 41); Intel P3700 77.9 (76, 96) and 93.9 (91, 163)). Service times are those of depth 1. Banks and
 * stripes are what makes three figures of depth 16 of them when requests meet at random: banks their mean, stripes how closely they
 * lie around it. Write times are what banks / S makes of the vendors' sustained rates, transfers a page at their sequential read rate.
 */
import type { DiskConfig } from "./scenario.ts";

const US = 1_000;

export const DISK_PRESETS = {
  // Seek 8.5 ms and half a turn 4.2 ms; read-ahead in a swap area laid out in order costs 0.794 ms a fault
  // (VSwapper, ASPLOS 2014, derived); a written cluster of 128 KiB costs half a turn and its transfer at 150 MB/s.
  "hdd-7200": {
    channels: 1,
    service: { randomReadNs: 12_700 * US, clusteredReadNs: 794 * US, transferNs: 27_307, clusteredWriteNs: 5_040 * US },
    variation: 0.5,
    pagesPerClusteredWrite: 32,
    queueing: "shared",
  },
  // 80,000 random reads/s, 480 MB/s of clustered writes; reads fill the 550 MB/s that SATA of 6 Gbit/s leaves.
  "sata-ssd": {
    channels: 8,
    service: { randomReadNs: 100 * US, clusteredReadNs: 300 * US, transferNs: 7_447, clusteredWriteNs: 546 * US },
    variation: 0.2,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
  },
  // Intel P3700: 1.9 GB/s of clustered writes, 2.8 GB/s of sequential reads.
  nvme: {
    channels: 45,
    service: { randomReadNs: 77_900, clusteredReadNs: 88 * US, transferNs: 1_463, clusteredWriteNs: 776 * US },
    variation: 0.1,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
    stripes: 3,
  },
  // Optane P4800X: its controller has seven channels, and a page eight sectors. 2 GB/s of clustered
  // writes, 2.4 GB/s of sequential reads.
  optane: {
    channels: 7,
    service: { randomReadNs: 8_900, clusteredReadNs: 21 * US, transferNs: 1_707, clusteredWriteNs: 115 * US },
    variation: 0.05,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
    stripes: 8,
  },
} as const satisfies Readonly<Record<string, DiskConfig>>;
