/**
 * How a trace's rows are written: CSV with a column mapping, and GWA-T-12 (Bitbrains).
 *
 * GWA-T-12: one file per VM, `;`-separated with tabs for padding, times in epoch seconds although the header says ms,
 * memory in KB, which are KiB (http://gwa.ewi.tudelft.nl/datasets/gwa-t-12-bitbrains).
 */

import { KIB } from "../../units.ts";
import type { TraceLayout } from "../schema/trace.ts";
import type { Row } from "./row.ts";
import type { TraceRow } from "./table.ts";

/** Reads the rows below one header. */
export type RowReader = (row: Row) => TraceRow;

/** The first column of a published file; no CSV of ours begins so. */
export const BITBRAINS_FIRST = "timestamp [ms]";
export const BITBRAINS_SEPARATOR = ";";

/** Seconds of the year 5138: a time beyond it is in milliseconds after all. */
const LATEST_S = 1e11;

const UNIT_BYTES = { B: 1, KiB: KIB, MiB: KIB * KIB, GiB: KIB * KIB * KIB } as const;

export function bitbrainsReader(header: Row, vm: string): RowReader {
  const find = finder(header, (text) => text.toLowerCase());
  const time = find("timestamp [ms]");
  const capacity = find("cpu capacity provisioned [mhz]");
  const cpu = find("cpu usage [mhz]");
  const provisioned = find("memory capacity provisioned [kb]");
  const used = find("memory usage [kb]");
  return (row) => {
    const stamp = row.number(time, "Timestamp [ms]");
    return {
      timeS: stamp >= LATEST_S ? stamp / 1000 : stamp,
      vm,
      provisionedBytes: row.number(provisioned, "Memory capacity provisioned [KB]") * KIB,
      usedBytes: row.number(used, "Memory usage [KB]") * KIB,
      cpu: shareOf(row.number(cpu, "CPU usage [MHZ]"), row.number(capacity, "CPU capacity provisioned [MHZ]")),
    };
  };
}

export function csvReader(header: Row, trace: TraceLayout): RowReader {
  const { columns } = trace;
  const find = finder(header, (text) => text);
  const time = find(columns.time);
  const vm = find(columns.vm);
  const provisioned = find(columns.provisioned);
  const used = find(columns.used);
  const withCpu = columns.cpuUsed !== undefined && columns.cpuCapacity !== undefined;
  const cpu = withCpu ? find(columns.cpuUsed as string) : -1;
  const capacity = withCpu ? find(columns.cpuCapacity as string) : -1;
  const unitBytes = UNIT_BYTES[trace.memoryUnit];
  const perSecond = trace.timeUnit === "ms" ? 1000 : 1;
  return (row) => ({
    timeS: row.number(time, columns.time) / perSecond,
    vm: row.text(vm, columns.vm),
    provisionedBytes: row.number(provisioned, columns.provisioned) * unitBytes,
    usedBytes: row.number(used, columns.used) * unitBytes,
    cpu: withCpu ? shareOf(row.number(cpu, columns.cpuUsed as string), row.number(capacity, columns.cpuCapacity as string)) : undefined,
  });
}

function finder(header: Row, normal: (text: string) => string): (name: string) => number {
  return (name) => {
    const index = header.fields.findIndex((field) => normal(field) === name);
    if (index < 0)
      throw header.error(0, `there is no column "${name}"; the header has ${header.fields.map((field) => `"${field}"`).join(", ")}`);
    return index;
  };
}

function shareOf(used: number, capacity: number): number {
  return capacity > 0 ? Math.min(1, used / capacity) : 0;
}
