/** What ails a guest's balloon driver. Faults of one kind can overlap: the strongest counts. */
import { FaultKind, type FaultOrder } from "../../../lib/wire/messages.ts";

/** Where the balloon is to go changes by these alone: after the others the driver goes on as it was. */
export function turnsTheBalloon(kind: number): boolean {
  return kind === FaultKind.FAULT_KIND_DRIVER_MISSING || kind === FaultKind.FAULT_KIND_DRIVER_DEFLATING;
}

export class DriverFaults {
  /** By fault number. */
  readonly #active = new Map<number, { readonly kind: number; readonly amount: number }>();

  note({ kind, fault, active, amount }: Readonly<FaultOrder>): void {
    if (active) this.#active.set(fault, { kind, amount });
    else this.#active.delete(fault);
  }

  /** The work queue stands still. */
  get stuck(): boolean {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_STUCK) > 0;
  }

  /** Not loaded. */
  get missing(): boolean {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_MISSING) > 0;
  }

  /** Takes nothing from the guest. */
  get refusing(): boolean {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_REFUSING) > 0;
  }

  /** Gives its pages back without being asked. */
  get deflating(): boolean {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_DEFLATING) > 0;
  }

  /** Its statistics are those of when the fault began. */
  get stale(): boolean {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_STALE) > 0;
  }

  /** Factor on the time that it takes. */
  get slowness(): number {
    return Math.max(1, this.#most(FaultKind.FAULT_KIND_DRIVER_SLOW));
  }

  /** Share of the guest's memory by which the balloon is said to be larger than it is. */
  get overstated(): number {
    return this.#most(FaultKind.FAULT_KIND_DRIVER_OVER_REPORTING) - this.#most(FaultKind.FAULT_KIND_DRIVER_UNDER_REPORTING);
  }

  /** Largest amount of the active faults of a kind; 0: there is none. */
  #most(kind: number): number {
    let most = 0;
    for (const fault of this.#active.values()) if (fault.kind === kind) most = Math.max(most, fault.amount);
    return most;
  }
}
