/** Proxmox VE's auto-ballooning as pvestatd runs it (pve-manager PVE/Service/pvestatd.pm, PVE/AutoBalloon.pm). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { flag, integer, size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { actualPages, bytesOf, Cycle, decided, PerVm, pagesOfBytes } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";
import { DEFAULT_GOAL_PERCENT, goalOf, type ProxmoxVm, spread } from "./proxmox/distribute.ts";

const options = z.strictObject({
  interval: withDefault(time("100ms", "1h"), "10s", "Cycle of pvestatd."),
  goal: withDefault(integer(0, 100), DEFAULT_GOAL_PERCENT, "Percent of the host's memory to use: the node option ballooning-target."),
  step: withDefault(size("4KiB", "1TiB"), "100MiB", "Most that one VM changes in one cycle."),
  startAtMinimum: withDefault(flag, true, "A VM is set to its minimum when it starts, as qemu-server does."),
});

export const proxmox = definePolicy({
  name: "proxmox",
  summary: "Keeps the host at a percentage of use: shares above the minimum, pressed VMs first, 100 MiB a VM and cycle.",
  source: "Proxmox VE, pve-manager PVE/AutoBalloon.pm",
  options,
  create: (chosen) => new Proxmox(chosen),
});

class Proxmox implements Policy {
  readonly intervalNs: number;
  readonly occasions = ["roster"] as const;
  readonly enforces = false;
  readonly #options: z.output<typeof options>;
  readonly #cycle: Cycle;
  readonly #started = new PerVm(() => ({ known: false }));
  #isFirst = true;

  constructor(chosen: z.output<typeof options>) {
    this.intervalNs = chosen.interval;
    this.#options = chosen;
    this.#cycle = new Cycle(chosen.interval);
  }

  decide(view: HostView): TargetDecision[] {
    const starting = new Map(this.#starts(view).map((decision) => [decision.vm, decision]));
    if (!this.#cycle.due(view.nowNs)) return [...starting.values()];
    // The first cycle after the daemon's start looks and does nothing.
    const targets = this.#isFirst ? new Map<string, number>() : this.#targets(view);
    this.#isFirst = false;
    return view.vms.flatMap((vm) => {
      const start = starting.get(vm.vm);
      if (start !== undefined) return [start];
      const bytes = targets.get(String(vm.vm));
      return bytes === undefined ? [] : decided(vm, pagesOfBytes(bytes));
    });
  }

  digest(hasher: Hasher): void {
    this.#cycle.digest(hasher);
    hasher.word(this.#isFirst ? 1 : 0);
    this.#started.digest(hasher, ({ known }) => hasher.word(known ? 1 : 0));
  }

  #targets(view: HostView): Map<string, number> {
    const usedBytes = bytesOf(view.memoryPages - view.availablePages);
    const goalBytes = goalOf(bytesOf(view.memoryPages), usedBytes, this.#options.goal);
    return spread(view.vms.map(vmOf), goalBytes, bytesOf(this.#options.step));
  }

  /** A VM that nobody has set a target for yet; one that only rebooted keeps the target that it had. */
  #starts(view: HostView): TargetDecision[] {
    return this.#started.follow(view).flatMap(([vm, state]) => {
      const isNew = !state.known && vm.targetPages === vm.sizePages;
      state.known = true;
      return isNew && this.#options.startAtMinimum && vm.hasDriver && vm.minimumPages > 0 ? decided(vm, vm.minimumPages) : [];
    });
  }
}

/** Statistics count however old they are: the original does not look at their time. */
function vmOf(vm: VmView): ProxmoxVm {
  const free = vm.stats?.freePages;
  return {
    id: String(vm.vm),
    balloonBytes: vm.hasDriver ? bytesOf(actualPages(vm)) : 0,
    minimumBytes: bytesOf(vm.minimumPages),
    maximumBytes: bytesOf(vm.sizePages),
    freeBytes: free === undefined ? undefined : bytesOf(free),
    shares: vm.shares,
  };
}
