/** The simulated host and drivers of squeezed's own test suite (xen-api ocaml/squeezed/test/squeeze_test.ml). KiB, ticks of 0.1 s. */
import type { Domain } from "../../services/hypervisor/policies/squeezed/targets.ts";

export interface Behaviour {
  readonly kind: string;
  /** KiB a second. */
  readonly rate?: number;
  readonly limit?: number;
  readonly interval?: number;
}

export interface DriverSpec {
  readonly id: number;
  readonly minimumKib: number;
  readonly maximumKib: number;
  readonly inaccuracyKib: number;
  readonly behaviour: Behaviour;
}

interface Row {
  readonly domid: number;
  readonly target: number;
  readonly actual: number;
  readonly max: number;
}

const KINDS = new Set(["ideal", "stuck", "lowerLimit", "upperLimit", "intermittentlyStuck"]);

/** The host has not the memory that a driver takes: what two-phase setting of targets prevents. */
export class OverAllocation extends Error {}

class Driver {
  readonly spec: DriverSpec;
  targetKib: number;
  actualKib: number;
  maxKib: number;
  movedAtS = 0;

  constructor(spec: DriverSpec, start: Row) {
    if (!KINDS.has(spec.behaviour.kind)) throw new Error(`unknown behaviour "${spec.behaviour.kind}"`);
    this.spec = spec;
    this.targetKib = start.target;
    this.actualKib = start.actual;
    this.maxKib = start.max;
  }

  /** Where the driver is at `nowS`. A clock that went back moves it the wrong way, as in the original's suite. */
  next(nowS: number): number {
    const { behaviour, inaccuracyKib } = this.spec;
    const isAwake = behaviour.kind !== "stuck" && !(behaviour.kind === "intermittentlyStuck" && this.#sleeps(behaviour, nowS));
    const reach = Math.trunc((behaviour.rate ?? 0) * (nowS - this.movedAtS));
    this.movedAtS = nowS;
    if (!isAwake) return this.actualKib;
    const distance = Math.max(0, Math.abs(this.targetKib - this.actualKib) - inaccuracyKib);
    const direction = this.targetKib < this.actualKib ? -1 : 1;
    return this.#limited(this.actualKib + direction * Math.min(reach, distance));
  }

  /** A hidden limit holds against a move that passes it. */
  #limited(next: number): number {
    const { kind, limit } = this.spec.behaviour;
    if (kind === "lowerLimit" && limit !== undefined && next < this.actualKib) return Math.max(next, limit);
    if (kind === "upperLimit" && limit !== undefined && next > this.actualKib) return Math.min(next, limit);
    return next;
  }

  #sleeps(behaviour: Behaviour, nowS: number): boolean {
    const isOdd = (timeS: number) => Math.trunc(timeS / (behaviour.interval ?? 1)) % 2 !== 0;
    return isOdd(this.movedAtS) || isOdd(nowS);
  }
}

export class Machine {
  freeKib: number;
  ticks = 0;
  #drivers: Driver[];

  constructor(specs: readonly DriverSpec[], initial: readonly Row[], freeKib: number) {
    this.freeKib = freeKib;
    this.#drivers = specs.map((spec) => new Driver(spec, initial.find(({ domid }) => domid === spec.id) as Row));
  }

  /** The same drivers as they are, clocks and all, on a host that starts again. */
  rebooted(freeKib: number): Machine {
    const machine = new Machine([], [], freeKib);
    machine.#drivers = this.#drivers;
    return machine;
  }

  get nowS(): number {
    return this.ticks / 10;
  }

  domains(): Domain[] {
    return this.#drivers.map(({ spec, targetKib, actualKib }) => ({ ...spec, canBalloon: true, targetKib, actualKib }));
  }

  setLimit(id: number, kib: number): void {
    for (const driver of this.#drivers) {
      if (driver.spec.id !== id) continue;
      driver.maxKib = kib;
      driver.targetKib = kib;
    }
  }

  tick(): void {
    this.ticks++;
    for (const driver of this.#drivers) {
      const next = driver.next(this.nowS);
      const delta = next - driver.actualKib;
      if (delta > this.freeKib) {
        throw new OverAllocation(
          `Attempted to allocate more than host_free_mem domid = ${driver.spec.id}; delta = ${delta}; free = ${this.freeKib}`,
        );
      }
      driver.actualKib = next;
      this.freeKib -= delta;
    }
  }

  rows(): Row[] {
    const rows = this.#drivers.map(({ spec, targetKib, actualKib, maxKib }) => ({
      domid: spec.id,
      target: targetKib,
      actual: actualKib,
      max: maxKib,
    }));
    return rows.sort((a, b) => a.domid - b.domid);
  }
}
