/** The VMs of a trace: their size, and the series that their workload follows. */
import { PAGE_BYTES, PAGES_PER_MIB, SECOND_NS } from "../../units.ts";
import type { SeriesConfig } from "../recording.ts";
import type { TraceFile } from "../schema/trace.ts";
import { gridOf, type TraceGrid, type TraceTable } from "./table.ts";

export interface TraceGuest {
  readonly vm: string;
  readonly sizePages: number;
  readonly series: SeriesConfig;
}

/** An idle VM still does something: an operation takes at most a hundred times its CPU time. */
const LEAST_BUSY_PERCENT = 1;
const LEAST_REGION_PAGES = PAGES_PER_MIB;

/** One guest per VM of the trace, over `durationNs` of model time. */
export function traceGuests(table: TraceTable, trace: TraceFile, durationNs: number): readonly TraceGuest[] {
  const grid = gridOf(table, trace.interval / SECOND_NS);
  const intervalNs = Math.round(trace.interval / trace.compress);
  const first = Math.floor(trace.from / trace.interval);
  const end = Math.min(grid.steps, first + Math.ceil(durationNs / intervalNs));
  return table.vms.map((vm, index) => {
    const sizePages = Math.ceil(vm.provisionedBytes / PAGE_BYTES);
    const pages = regionPages(grid, index, first, end, sizePages, trace.guest.kernel);
    const series: SeriesConfig = { region: trace.region, intervalNs, pages };
    return {
      vm: vm.name,
      sizePages,
      series: vm.cpu.length === 0 ? series : { ...series, busyPercent: busyPercents(grid, index, first, end) },
    };
  });
}

/** Memory in use, less the kernel's own, and never more than the guest can hold without swapping by itself. */
function regionPages(grid: TraceGrid, vm: number, first: number, end: number, sizePages: number, kernelPages: number): number[] {
  // Linux keeps watermarks free (at most 256 MiB) and needs a little page cache: 4 % of the memory stays out of reach.
  const most = Math.max(LEAST_REGION_PAGES, Math.floor(sizePages * 0.96) - kernelPages);
  const used = grid.usedBytes[vm] as Float64Array;
  const pages: number[] = [];
  for (let step = first; step < end; step++) {
    const wanted = Math.ceil((used[step] as number) / PAGE_BYTES) - kernelPages;
    pages.push(Math.min(most, Math.max(LEAST_REGION_PAGES, wanted)));
  }
  return pages;
}

function busyPercents(grid: TraceGrid, vm: number, first: number, end: number): number[] {
  const cpu = grid.cpu[vm] as Float64Array;
  return Array.from(cpu.slice(first, end), (share) => Math.max(LEAST_BUSY_PERCENT, Math.round(share * 100)));
}
