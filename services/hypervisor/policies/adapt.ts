/** What the policies of other systems share when they look at this host: cycles, state by VM, units, and bounds. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { PAGE_BYTES } from "../../../lib/units.ts";
import type { HostView, TargetDecision, VmView } from "./policy.ts";

const PAGE_KIB = PAGE_BYTES / 1024;

/** A policy's own period: a call for another occasion neither counts as one nor delays the next. */
export class Cycle {
  readonly #intervalNs: number;
  #nextNs: number;

  constructor(intervalNs: number, firstNs = 0) {
    this.#intervalNs = intervalNs;
    this.#nextNs = firstNs;
  }

  due(nowNs: number): boolean {
    if (nowNs < this.#nextNs) return false;
    this.#nextNs = nowNs + this.#intervalNs;
    return true;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#nextNs);
  }
}

/** A policy's memory of each VM, kept while the VM has a lease. */
export class PerVm<T> {
  readonly #make: (vm: VmView) => T;
  readonly #states: (T | undefined)[] = [];

  constructor(make: (vm: VmView) => T) {
    this.#make = make;
  }

  /** Each VM of the view with its state, in the order of the roster; VMs that left are forgotten. */
  follow(view: HostView): [VmView, T][] {
    const present: [VmView, T][] = view.vms.map((vm) => [vm, this.#states[vm.vm] ?? this.#make(vm)]);
    this.#states.fill(undefined);
    for (const [vm, state] of present) this.#states[vm.vm] = state;
    return present;
  }

  digest(hasher: Hasher, each: (state: T, hasher: Hasher) => void): void {
    for (let vm = 0; vm < this.#states.length; vm++) {
      const state = this.#states[vm];
      if (state === undefined) continue;
      hasher.word(vm);
      each(state, hasher);
    }
  }
}

/** A target in whole pages within the VM's bounds; nothing where the VM has it already. */
export function decided(vm: VmView, pages: number): TargetDecision[] {
  // As QEMU does it: the balloon holds whole pages, so what is cut off stays with the guest.
  const targetPages = Math.min(Math.max(Math.ceil(pages), vm.minimumPages), vm.sizePages);
  return targetPages === vm.targetPages ? [] : [{ vm: vm.vm, targetPages }];
}

export function bytesOf(pages: number): number {
  return pages * PAGE_BYTES;
}

export function kibOf(pages: number): number {
  return pages * PAGE_KIB;
}

export function pagesOfBytes(bytes: number): number {
  return bytes / PAGE_BYTES;
}

export function pagesOfKib(kib: number): number {
  return kib / PAGE_KIB;
}

/** What the VM has by its driver's word; all of its size while there is none. */
export function actualPages(vm: VmView): number {
  return vm.actualPages ?? vm.sizePages;
}

/**
 * Memory that no VM is assigned, as a host counts that takes a ballooned page away for good (Xen, Hyper-V); negative where
 * more is assigned than there is, as at a boot storm.
 */
export function unassignedPages(view: HostView): number {
  let pages = view.memoryPages - view.reservedPages - view.overheadPages;
  for (const vm of view.vms) pages -= actualPages(vm);
  return pages;
}
