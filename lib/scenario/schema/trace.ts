/** Schema of a trace: a recording of real VMs that makes the guests (GWA-T-12, or CSV with a column mapping). */
import { z } from "zod";
import { choice, integer, name, optional, required, text, time, withDefault } from "./field.ts";
import { guestTemplate } from "./guests.ts";

const column = text(200, 1);

const columns = z
  .strictObject({
    time: withDefault(column, "t_s", "Column of the time."),
    vm: withDefault(column, "vm", "Column of the VM's name."),
    provisioned: withDefault(column, "mem_provisioned_kb", "Column of the memory promised to the VM."),
    used: withDefault(column, "mem_usage_kb", "Column of the memory in use."),
    cpuUsed: optional(column, "CPU use is not read", "Column of the CPU in use."),
    cpuCapacity: optional(column, "CPU use is not read", "Column of the CPU provided, in the same unit."),
  })
  .prefault({})
  .meta({ description: "Names of a CSV file's columns.", kind: "mapping", allowed: "", fallback: "as below" });

/** How the file is written. */
const layout = {
  file: required(text(4096, 1), "The trace: a file, or a directory with one file per VM. Usually given as `--set trace=FILE`."),
  format: withDefault(choice("auto", "csv", "bitbrains"), "auto", "How it is written; `auto` looks at the header."),
  separator: withDefault(text(3, 1), ",", "Separator of a CSV file's columns."),
  columns,
  timeUnit: withDefault(
    choice("s", "ms"),
    "s",
    "Unit of a CSV file's times. GWA-T-12 files are in seconds, although their header says ms.",
  ),
  memoryUnit: withDefault(
    choice("B", "KiB", "MiB", "GiB"),
    "KiB",
    "Unit of a CSV file's memory columns (`KB` in the published traces is KiB).",
  ),
  interval: withDefault(time("1s", "1d"), "300s", "Interval of the recording; a VM's missing sample repeats the one before."),
};

export const traceLayout = z.strictObject(layout);

export const trace = z.strictObject({
  ...layout,
  from: withDefault(time("0s", "3650d"), "0s", "Time in the trace at which the run begins."),
  compress: withDefault(integer(1, 100_000), 1, "Seconds of the trace that pass in one second of the model."),
  group: withDefault(name, "vm", "Group of the VMs; a VM is called `<group>-<its name in the trace>`."),
  region: withDefault(name, "active", "The template's region whose size follows the memory in use."),
  guest: guestTemplate.meta({
    description: "Everything else about the VMs, as in `guests`.",
    kind: "mapping",
    allowed: "",
    fallback: "required",
  }),
});

export type TraceLayout = z.output<typeof traceLayout>;
export type TraceFile = z.output<typeof trace>;
