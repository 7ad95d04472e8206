/** Measured devices beside the presets. */
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { type ModelReads, modelDisk, simpleDisk } from "../disk-model.ts";
import { jsonFixture } from "../fixtures.ts";
import { absolute, type Row, relative } from "../row.ts";
import { MEAN_TOLERANCE, P99_TOLERANCE } from "./disk-events.ts";

interface Device {
  readonly name: string;
  readonly preset?: keyof typeof DISK_PRESETS;
  /** Without a preset: the banks that make the mean of depth 16, and the spread of depth 1. */
  readonly banks?: number;
  readonly variation?: number;
  readonly depth1: Readonly<Record<string, number>>;
  readonly depth16: Readonly<Record<string, number>>;
}

function configOf({ preset, banks = 1, variation = 0, depth1 }: Device): DiskConfig {
  if (preset !== undefined) return DISK_PRESETS[preset];
  return { ...simpleDisk(banks, (depth1.mean as number) * 1_000, variation), queueing: "banks" };
}

export function deviceRows(): Row[] {
  const { devices } = jsonFixture<{ devices: readonly Device[] }>("queueing/devices.json");
  const source = "published measurements, 4 KiB random reads";
  return devices.flatMap((device) =>
    ([1, 16] as const).flatMap((depth) => {
      const disk = modelDisk(configOf(device), [{ threads: depth, thinkNs: 0, clustered: false }], 0);
      const reads = disk.reads[0] as ModelReads;
      const published = depth === 1 ? device.depth1 : device.depth16;
      const row = (what: string, ours: number, tolerance: number) =>
        relative({
          id: `queueing/device/${device.name}/depth${depth}/${what}`,
          reference: published[what] as number,
          ours,
          tolerance,
          unit: "us",
          source,
        });
      return [
        row("mean", reads.responseNs / 1_000, MEAN_TOLERANCE),
        row("p50", reads.quantileNs(0.5) / 1_000, P99_TOLERANCE),
        row("p99", reads.quantileNs(0.99) / 1_000, P99_TOLERANCE),
      ];
    }),
  );
}

export function hddRows(): Row[] {
  const { hdd } = jsonFixture<{ hdd: { clusteredFaultMs: number; randomFaultMs: number } }>("queueing/devices.json");
  const source = "VSwapper (ASPLOS 2014), derived";
  const response = (clustered: boolean) => {
    const disk = modelDisk(DISK_PRESETS["hdd-7200"], [{ threads: 1, thinkNs: 0, clustered }], 0);
    return (disk.reads[0] as ModelReads).responseNs / 1e6;
  };
  const base = { tolerance: 0.01, unit: "ms", source };
  return [
    absolute({ ...base, id: "queueing/device/hdd-7200/swap-fault-readahead", reference: hdd.clusteredFaultMs, ours: response(true) }),
    absolute({
      ...base,
      id: "queueing/device/hdd-7200/swap-fault-random",
      reference: hdd.randomFaultMs,
      ours: response(false),
      tolerance: 0.1,
    }),
  ];
}
