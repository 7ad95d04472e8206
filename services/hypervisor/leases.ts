/**
 * Which incarnation of which VM is alive, by when it was last heard; and after a restart, whom the host still waits for.
 *
 * A VM that is silent for `leaseNs` loses its lease. The host's own deafness (it hung, or its process was stopped) does
 * not count against its guests.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";

/** VMs are numbered from 0. */
export class Leases {
  readonly #leaseNs: number;
  /** Incarnation that holds the lease, 0 for none. */
  readonly #incarnation: Uint32Array;
  readonly #heardAtNs: Float64Array;
  /** Incarnation that was told that it is fenced, and when. */
  readonly #fenced: Uint32Array;
  readonly #fencedAtNs: Float64Array;
  readonly #reported: Uint8Array;
  #waiting: number;
  #nextCheckNs: number;

  /** `rebuilding`: wait for a report of every VM. */
  constructor(vms: number, leaseNs: number, rebuilding: boolean) {
    this.#leaseNs = leaseNs;
    this.#incarnation = new Uint32Array(vms);
    this.#heardAtNs = new Float64Array(vms);
    this.#fenced = new Uint32Array(vms);
    this.#fencedAtNs = new Float64Array(vms);
    this.#reported = new Uint8Array(vms);
    this.#waiting = rebuilding ? vms : 0;
    this.#nextCheckNs = 0;
  }

  get vms(): number {
    return this.#incarnation.length;
  }

  /** VMs that have not reported since the restart. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The incarnation that holds the lease, 0 for none. */
  incarnation(vm: number): number {
    return this.#incarnation[vm] as number;
  }

  /** Whether this incarnation of the VM holds the lease; it has been heard. */
  hear(vm: number, incarnation: number, nowNs: number): boolean {
    if (this.#incarnation[vm] !== incarnation) return false;
    this.#heardAtNs[vm] = nowNs;
    return true;
  }

  begin(vm: number, incarnation: number, nowNs: number): void {
    this.#incarnation[vm] = incarnation;
    this.#heardAtNs[vm] = nowNs;
    this.#nextCheckNs = Math.min(this.#nextCheckNs, nowNs + this.#leaseNs);
    this.report(vm);
  }

  end(vm: number): void {
    this.#incarnation[vm] = 0;
  }

  /** The VM has answered the restarted host. */
  report(vm: number): void {
    if (this.#reported[vm] === 1) return;
    this.#reported[vm] = 1;
    if (this.#waiting > 0) this.#waiting--;
  }

  /** No report is waited for any longer. */
  endRebuild(): void {
    this.#waiting = 0;
  }

  /** VMs, in order, whose leases are over at this time. */
  expired(nowNs: number): readonly number[] {
    if (nowNs < this.#nextCheckNs) return NONE;
    const over: number[] = [];
    let nextNs = nowNs + this.#leaseNs;
    for (let vm = 0; vm < this.vms; vm++) {
      if (this.#incarnation[vm] === 0) continue;
      const endNs = (this.#heardAtNs[vm] as number) + this.#leaseNs;
      if (endNs <= nowNs) over.push(vm);
      else nextNs = Math.min(nextNs, endNs);
    }
    this.#nextCheckNs = nextNs;
    return over;
  }

  /** The host itself heard nothing for a while: every lease begins anew. */
  renewAll(nowNs: number): void {
    this.#heardAtNs.fill(nowNs);
  }

  /** Whether to tell this incarnation (again) that it is fenced: once, and once more each `againNs`. */
  mayFence(vm: number, incarnation: number, nowNs: number, againNs: number): boolean {
    if (this.#fenced[vm] === incarnation && nowNs < (this.#fencedAtNs[vm] as number) + againNs) return false;
    this.#fenced[vm] = incarnation;
    this.#fencedAtNs[vm] = nowNs;
    return true;
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#waiting);
    for (let vm = 0; vm < this.vms; vm++) {
      hasher.word(this.#incarnation[vm] as number);
      hasher.number(this.#heardAtNs[vm] as number);
    }
  }
}

const NONE: readonly number[] = [];
