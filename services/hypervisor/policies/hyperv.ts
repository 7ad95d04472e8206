/** Hyper-V Dynamic Memory: demand reported by the guests, levelled by a balancer of this project's making (policies/hyperv). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { floorPages } from "../../../lib/scenario/hypervfloor.ts";
import { choice, integer, optional, share, size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { GIB, PAGES_PER_MIB } from "../../../lib/units.ts";
import { actualPages, bytesOf, Cycle, decided, PerVm } from "./adapt.ts";
import { assign } from "./hyperv/balancer.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";

const options = z.strictObject({
  interval: withDefault(time("100ms", "1h"), "1s", "Interval of the balancer: about once a second."),
  buffer: withDefault(integer(5, 2000), 20, "Memory buffer: percent of head-room over a VM's demand."),
  weight: withDefault(integer(0, 100), 50, "Memory weight of a VM with 1000 shares; others in proportion, at most 100."),
  startup: optional(size("1MiB", "8TiB"), "the VM's minimum", "Memory that a VM is given at power-on."),
  reserve: optional(size("0B", "8TiB"), "384 MiB and 64 MiB a GiB", "Memory kept for the host (the rule of 2008 R2 SP1)."),
  reportDelay: withDefault(time("0s", "10min"), "45s", "A guest's first reports are suppressed: its boot is not demand."),
  contention: withDefault(choice("pressure", "priority"), "pressure", "Who gives way when memory is short. Not published."),
  deadBand: withDefault(share, "1%", "Changes below this share of what a VM has are left. Not published."),
  step: withDefault(share, "100%", "Most that a VM changes in one interval, as a share of what it has. Not published."),
});

type Options = z.output<typeof options>;

const NEUTRAL_SHARES = 1000;

export const hyperv = definePolicy({
  name: "hyperv",
  summary: "Committed memory and a buffer for every VM; when that is too much, pressure is levelled by weight.",
  source: "Microsoft's documentation of Dynamic Memory; Linux drivers/hv/hv_balloon.c; the balancer itself is not published",
  options,
  create: (chosen) => new HyperV(chosen),
});

interface Guest {
  readonly sinceNs: number;
  hasStarted: boolean;
}

class HyperV implements Policy {
  readonly intervalNs: number;
  readonly occasions = ["roster"] as const;
  readonly enforces = false;
  readonly #options: Options;
  readonly #cycle: Cycle;
  #nowNs = 0;
  readonly #guests = new PerVm<Guest>(() => ({ sinceNs: this.#nowNs, hasStarted: false }));

  constructor(chosen: Options) {
    this.intervalNs = chosen.interval;
    this.#options = chosen;
    this.#cycle = new Cycle(chosen.interval);
  }

  decide(view: HostView): TargetDecision[] {
    this.#nowNs = view.nowNs;
    const guests = this.#guests.follow(view);
    const starts = guests.flatMap(([vm, guest]) => this.#start(vm, guest));
    if (starts.length > 0 || !this.#cycle.due(view.nowNs)) return starts;
    const reporting = guests.filter(
      ([vm, { sinceNs }]) => demandPages(vm) !== undefined && view.nowNs - sinceNs >= this.#options.reportDelay,
    );
    return this.#balance(
      view,
      reporting.map(([vm]) => vm),
    );
  }

  digest(hasher: Hasher): void {
    this.#cycle.digest(hasher);
    this.#guests.digest(hasher, ({ sinceNs, hasStarted }) => {
      hasher.number(sinceNs);
      hasher.word(hasStarted ? 1 : 0);
    });
  }

  #start(vm: VmView, guest: Guest): TargetDecision[] {
    const isNew = !guest.hasStarted && vm.targetPages === vm.sizePages && vm.hasDriver;
    guest.hasStarted = true;
    return isNew ? decided(vm, this.#options.startup ?? vm.minimumPages) : [];
  }

  /** A guest that does not report keeps what it is assigned; the others share the rest. */
  #balance(view: HostView, reporting: readonly VmView[]): TargetDecision[] {
    const heard = new Set(reporting.map(({ vm }) => vm));
    let pages = view.memoryPages - Math.max(this.#reservePages(view), view.reservedPages + view.overheadPages);
    for (const vm of view.vms) if (!heard.has(vm.vm)) pages -= actualPages(vm);
    const { buffer, contention, deadBand, step } = this.#options;
    const balanced = reporting.map((vm) => ({
      demand: demandPages(vm) as number,
      minimum: vm.minimumPages,
      maximum: vm.sizePages,
      weight: Math.min(100, (this.#options.weight * vm.shares) / NEUTRAL_SHARES),
    }));
    const assigned = assign(balanced, pages, buffer, contention);
    return reporting.flatMap((vm, i) => {
      const present = actualPages(vm);
      const change = (assigned[i] as number) - present;
      if (Math.abs(change) < deadBand * present) return [];
      const most = step * present;
      return decided(vm, present + Math.max(-most, Math.min(change, most)));
    });
  }

  #reservePages(view: HostView): number {
    return this.#options.reserve ?? (384 + (64 * bytesOf(view.memoryPages)) / GIB) * PAGES_PER_MIB;
  }
}

/**
 * Committed_AS and the kernel's floor for the guest's present size. Hyper-V's own driver reports both, and its balloon with them
 * (post_status(), hv_balloon.c); it alone has no figure of the guest's memory. Of other drivers the floor is added here.
 */
function demandPages({ hasDriver, stats, sizePages }: VmView): number | undefined {
  const committed = stats?.committedPages;
  if (!hasDriver || stats === undefined || committed === undefined) return undefined;
  const { totalPages, actualPages: presentPages } = stats;
  if (totalPages === undefined) return committed - (sizePages - presentPages);
  return committed + floorPages(totalPages);
}
