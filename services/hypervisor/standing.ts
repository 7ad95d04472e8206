/**
 * Demands that stand for several steps: of guests that read only now and then, or whose demands repeat themselves. They were answered
 * in their first step; in the others their reads and writes are at the disk all the same.
 */
import type { StepDemand } from "../../lib/wire/messages.ts";
import type { Host } from "./host.ts";
import { VmSet } from "./vmset.ts";

export class Standing {
  readonly #vms: VmSet;
  readonly #demands: (StepDemand | undefined)[];
  /** Steps that are left. */
  readonly #steps: Uint32Array;
  readonly #readers: Int32Array;

  constructor(vms: number) {
    this.#vms = new VmSet(vms);
    this.#demands = new Array(vms);
    this.#steps = new Uint32Array(vms);
    this.#readers = new Int32Array(vms);
  }

  /** Keeps a demand that was answered in this step. */
  keep(vm: number, demand: StepDemand): void {
    const { steps = 1 } = demand;
    if (steps <= 1) return;
    this.#vms.add(vm);
    this.#demands[vm] = demand;
    this.#steps[vm] = steps - 1;
  }

  /** The VM's lease is over, and with it what it asked. */
  drop(vm: number): void {
    this.#vms.remove(vm);
    this.#demands[vm] = undefined;
  }

  /** Adds the reads and writes to this step's network; a VM that asks anew does not stand any longer. */
  add(host: Host): void {
    for (const vm of this.#vms.sorted().slice()) {
      const demand = this.#demands[vm];
      const stands = (this.#steps[vm] as number) > 0 && !host.demanding.has(vm);
      if (stands && demand !== undefined) {
        this.#readers[vm] = host.disk.addReads(demand);
        host.disk.addWrites(demand.swapWritePagesPerS + demand.fileWritePagesPerS);
        (this.#steps[vm] as number)--;
      } else this.drop(vm);
    }
  }

  /** Counts what the solved network gives them. */
  count(host: Host): void {
    const { disk, counters } = host;
    for (const vm of this.#vms.sorted()) {
      const reader = this.#readers[vm] as number;
      if (reader < 0 || this.#demands[vm] === undefined) continue;
      counters.reads(disk.readsPerNs(reader));
    }
  }
}
