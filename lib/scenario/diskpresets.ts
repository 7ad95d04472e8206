/**
 * Devices to choose from. Random reads are measured (4 KiB, queue depths 1 and 16: Optane P4800X 8.9 and 25.5 us, Intel P3700
 * 77.9 and 93.9 us), and the flash devices follow R(n) = S (1 + (n - 1) / C), the law of C banks that requests meet at
 * random. Write times are what C / S makes of the vendors' sustained rates.
 */
import type { DiskConfig } from "./scenario.ts";

const US = 1_000;

export const DISK_PRESETS = {
  // Seek 8.5 ms and half a turn 4.2 ms; read-ahead in a swap area laid out in order costs 0.794 ms a fault
  // (VSwapper, ASPLOS 2014, derived); a cluster of 128 KiB costs half a turn and its transfer at 150 MB/s.
  "hdd-7200": {
    channels: 1,
    service: { randomReadNs: 12_700 * US, randomWriteNs: 12_700 * US, clusteredReadNs: 794 * US, clusteredWriteNs: 5_040 * US },
    variation: 0.5,
    pagesPerClusteredWrite: 32,
    queueing: "shared",
  },
  // 80,000 random reads/s, 36,000 random writes/s, 480 MB/s of clustered writes.
  "sata-ssd": {
    channels: 8,
    service: { randomReadNs: 100 * US, randomWriteNs: 222 * US, clusteredReadNs: 300 * US, clusteredWriteNs: 546 * US },
    variation: 0.2,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
  },
  // Intel P3700: 175,000 random writes/s, 1.9 GB/s of clustered writes.
  nvme: {
    channels: 73,
    service: { randomReadNs: 77_900, randomWriteNs: 417 * US, clusteredReadNs: 88 * US, clusteredWriteNs: 1_260 * US },
    variation: 0.1,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
  },
  // Optane P4800X: 550,000 random writes/s, 2 GB/s of clustered writes.
  optane: {
    channels: 8,
    service: { randomReadNs: 8_900, randomWriteNs: 14_500, clusteredReadNs: 21 * US, clusteredWriteNs: 131 * US },
    variation: 0.05,
    pagesPerClusteredWrite: 8,
    queueing: "banks",
  },
} as const satisfies Readonly<Record<string, DiskConfig>>;

export type DiskPreset = keyof typeof DISK_PRESETS;
