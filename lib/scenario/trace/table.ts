/** A trace in memory: per VM its promised memory and its samples, in order of time. */

export interface TraceVm {
  readonly name: string;
  /** The most that was promised to it over the trace: a VM of the model has one size. */
  readonly provisionedBytes: number;
  readonly timesS: readonly number[];
  readonly usedBytes: readonly number[];
  /** CPU in use of CPU provided, 0 to 1; empty when the trace does not say. */
  readonly cpu: readonly number[];
}

export interface TraceTable {
  /** By name, numbers in their order. */
  readonly vms: readonly TraceVm[];
  readonly rows: number;
}

/** One row, in the model's units. */
export interface TraceRow {
  readonly timeS: number;
  readonly vm: string;
  readonly provisionedBytes: number;
  readonly usedBytes: number;
  /** Undefined: the trace has no CPU columns. */
  readonly cpu: number | undefined;
}

interface Growing {
  provisionedBytes: number;
  readonly timesS: number[];
  readonly usedBytes: number[];
  readonly cpu: number[];
}

export const MAX_TRACE_VMS = 20_000;

/** Why a row can not be added, or undefined once it was. */
export class TableBuilder {
  readonly #vms = new Map<string, Growing>();
  #rows = 0;

  add(row: TraceRow): string | undefined {
    let vm = this.#vms.get(row.vm);
    if (vm === undefined) {
      if (this.#vms.size === MAX_TRACE_VMS) return `more than ${MAX_TRACE_VMS} VMs`;
      vm = { provisionedBytes: 0, timesS: [], usedBytes: [], cpu: [] };
      this.#vms.set(row.vm, vm);
    }
    const lastS = vm.timesS.at(-1);
    if (lastS !== undefined && row.timeS <= lastS)
      return `time ${row.timeS} s of VM "${row.vm}" is not after its sample before, at ${lastS} s`;
    vm.provisionedBytes = Math.max(vm.provisionedBytes, row.provisionedBytes);
    vm.timesS.push(row.timeS);
    vm.usedBytes.push(row.usedBytes);
    if (row.cpu !== undefined) vm.cpu.push(row.cpu);
    this.#rows++;
    return undefined;
  }

  finish(): TraceTable {
    const vms = [...this.#vms.entries()].map(([name, vm]) => ({ name, ...vm }));
    return { vms: vms.sort((a, b) => compareNames(a.name, b.name)), rows: this.#rows };
  }
}

/** Numbers by value, before other names by their characters. */
export function compareNames(a: string, b: string): number {
  const x = /^\d+$/.test(a) ? Number(a) : Number.POSITIVE_INFINITY;
  const y = /^\d+$/.test(b) ? Number(b) : Number.POSITIVE_INFINITY;
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A trace on a common grid of steps: a missing sample repeats the one before, and a VM not yet seen counts 0. */
export interface TraceGrid {
  readonly startS: number;
  readonly steps: number;
  /** Per VM and step. */
  readonly usedBytes: readonly Float64Array[];
  readonly cpu: readonly Float64Array[];
}

export function gridOf(table: TraceTable, intervalS: number): TraceGrid {
  const firstS = Math.min(...table.vms.map((vm) => vm.timesS[0] as number));
  const lastS = Math.max(...table.vms.map((vm) => vm.timesS.at(-1) as number));
  const startS = Math.floor(firstS / intervalS) * intervalS;
  const steps = Math.floor((lastS - startS) / intervalS) + 1;
  const spread = (vm: TraceVm, values: readonly number[]) => {
    const row = new Float64Array(steps);
    let sample = 0;
    let value = 0;
    for (let step = 0; step < steps; step++) {
      const endS = startS + (step + 1) * intervalS;
      for (; sample < vm.timesS.length && (vm.timesS[sample] as number) < endS; sample++) value = values[sample] ?? 0;
      row[step] = value;
    }
    return row;
  };
  return {
    startS,
    steps,
    usedBytes: table.vms.map((vm) => spread(vm, vm.usedBytes)),
    cpu: table.vms.map((vm) => spread(vm, vm.cpu)),
  };
}
