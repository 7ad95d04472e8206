/** What a trace says about overcommit before any model runs: how much of what was promised is ever in use at once. */
import { GIB } from "../../units.ts";
import { gridOf, type TraceTable } from "./table.ts";

export interface TraceFacts {
  readonly vms: number;
  readonly rows: number;
  readonly steps: number;
  readonly intervalS: number;
  readonly provisionedBytes: number;
  /** Each VM's own peak, summed: what a host needs that gives every VM its most at all times. */
  readonly sumOfPeaksBytes: number;
  /** Peak of the sum: what it really needs. */
  readonly peakOfSumBytes: number;
  readonly p99Bytes: number;
  readonly meanBytes: number;
  readonly exceeds: readonly ExceedShare[];
}

/** Share of the steps in which the sum of memory in use is above a host of that size. */
export interface ExceedShare {
  readonly hostBytes: number;
  readonly share: number;
}

/** Hosts of these sizes are compared, and one more. */
const HOST_SIZES_BYTES = [24 * GIB, 32 * GIB, 40 * GIB];

/** Percentiles by nearest rank. `hostBytes`: the host's own size. */
export function traceFacts(table: TraceTable, intervalS: number, hostBytes?: number): TraceFacts {
  const hostSizesBytes = [...new Set(HOST_SIZES_BYTES.concat(hostBytes ?? []))].sort((a, b) => a - b);
  const grid = gridOf(table, intervalS);
  const sums = new Float64Array(grid.steps);
  for (const row of grid.usedBytes)
    for (let step = 0; step < grid.steps; step++) sums[step] = (sums[step] as number) + (row[step] as number);
  const sorted = Float64Array.from(sums).sort();
  return {
    vms: table.vms.length,
    rows: table.rows,
    steps: grid.steps,
    intervalS,
    provisionedBytes: table.vms.reduce((sum, vm) => sum + vm.provisionedBytes, 0),
    sumOfPeaksBytes: grid.usedBytes.reduce((sum, row) => sum + row.reduce((peak, used) => Math.max(peak, used), 0), 0),
    peakOfSumBytes: sorted.at(-1) as number,
    p99Bytes: sorted[Math.ceil(0.99 * grid.steps) - 1] as number,
    meanBytes: sums.reduce((sum, used) => sum + used, 0) / grid.steps,
    exceeds: hostSizesBytes.map((hostBytes) => ({ hostBytes, share: sums.filter((used) => used > hostBytes).length / grid.steps })),
  };
}
