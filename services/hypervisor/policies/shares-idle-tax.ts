/**
 * VMware ESX Server's policy: shares, guaranteed minimum, idle memory tax (Waldspurger, OSDI'02 sections 5 and 6).
 *
 * While there is plenty of memory and no balloon is out, it does nothing. Else each VM is entitled to its part of the memory that
 * leaves free memory just above the high threshold; in the high state it may take more, as long as others do not use theirs.
 */
import { z } from "zod";
import { decimal, share, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { HostState } from "../../../lib/wire/messages.ts";
import { plentyPages } from "../states.ts";
import { allocate, type Claim } from "./idle-tax.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";

/** Parameters of the published policy; `esx` has them too. */
export const idleTaxFields = {
  tax: withDefault(decimal(0, 0.999), 0.75, "Tax on idle memory: an idle page costs 1 / (1 - tax) as much as an active one (section 5.2)."),
  interval: withDefault(time("100ms", "1h"), "15s", "Time between two allocations (Mem.BalancePeriod)."),
  largestBalloon: withDefault(share, "65%", "Largest balloon, as a share of the VM's size (Mem.CtlMaxPercent)."),
  samplePages: withDefault(decimal(1, 10_000), 100, "Pages in one sample of a VM's accesses (section 5.3)."),
  samplePeriod: withDefault(time("1s", "1h"), "30s", "Execution time that a sample covers (section 5.3)."),
  slowGain: withDefault(decimal(0.001, 1), 0.25, "Weight of a new sample in the slow average. Not published: as in Figure 6."),
  fastGain: withDefault(decimal(0.001, 1), 0.75, "Weight of a new sample in the fast average. Not published: as in Figure 6."),
};

const options = z.strictObject(idleTaxFields);

/** A VM within this share of its size from its target uses all that it may. */
const HUNGRY = 1 / 64;

export type IdleTaxOptions = z.output<typeof options>;

/** What products added to the published policy. */
export interface Extension {
  readonly progressive: boolean;
  /** Most machine memory of a VM: its size, or a limit below it. */
  mostPages(vm: VmView): number;
}

const AS_PUBLISHED: Extension = { progressive: false, mostPages: (vm) => vm.sizePages };

export const sharesIdleTax = definePolicy({
  name: "shares-idle-tax",
  summary: "Memory in proportion to shares, idle memory taxed, between each VM's guaranteed minimum and its size.",
  source: "C. A. Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002, sections 5 and 6",
  options,
  create: (chosen) => idleTaxPolicy(chosen, (view) => decideIdleTax(view, chosen, AS_PUBLISHED)),
});

export function idleTaxPolicy(chosen: IdleTaxOptions, decide: Policy["decide"]): Policy {
  const { samplePages, samplePeriod: periodNs, slowGain, fastGain } = chosen;
  const sampling = { pages: Math.round(samplePages), periodNs, slowGain, fastGain };
  return { intervalNs: chosen.interval, occasions: ["state", "roster"], enforces: true, sampling, decide };
}

export function decideIdleTax(view: HostView, chosen: IdleTaxOptions, { progressive, mostPages }: Extension): TargetDecision[] {
  const plenty = view.state === HostState.HOST_STATE_HIGH || view.state === HostState.HOST_STATE_CLEAR;
  const most = view.vms.map(mostPages);
  if (plenty && view.vms.every((vm, i) => vm.targetPages >= (most[i] as number))) return changes(view, most);
  const keepPages = plentyPages(view.thresholds) + 1;
  const pages = view.memoryPages - view.reservedPages - view.overheadPages - keepPages;
  const claims = view.vms.map((vm, i) => claimOf(vm, most[i] as number, chosen));
  const entitled = allocate(claims, Math.max(0, pages), chosen.tax, progressive);
  const growthPages = plenty ? growthOf(view, keepPages) : 0;
  const targets = view.vms.map((vm, i) => {
    const mayHold = growthPages === 0 ? 0 : Math.min(most[i] as number, vm.residentPages + growthPages);
    return Math.max(entitled[i] as number, mayHold);
  });
  return changes(view, targets);
}

/** Of targets by VM, those that differ from what the VMs have. */
function changes({ vms }: HostView, targets: readonly number[]): TargetDecision[] {
  return vms.flatMap(({ vm, targetPages: present }, i) => {
    const targetPages = targets[i] as number;
    return targetPages === present ? [] : [{ vm, targetPages }];
  });
}

/**
 * In the high state nothing is reclaimed (section 6.3), so what others do not use may be taken: each VM may grow by its part of the
 * surplus, the parts shared by the VMs that use all they may.
 */
function growthOf(view: HostView, keepPages: number): number {
  const surplusPages = Math.max(0, view.freePages - keepPages);
  const hungry = view.vms.filter((vm) => vm.targetPages - vm.residentPages < vm.sizePages * HUNGRY).length;
  return Math.floor(surplusPages / (1 + hungry));
}

function claimOf(vm: VmView, mostPages: number, chosen: IdleTaxOptions): Claim {
  const smallest = vm.hasDriver ? Math.ceil(vm.sizePages * (1 - chosen.largestBalloon)) : vm.minimumPages;
  const leastPages = Math.min(mostPages, Math.max(vm.minimumPages, smallest));
  // Before the first sample all of a VM counts as active: a boot touches much of it.
  return { shares: vm.shares, activePages: vm.activePages ?? vm.sizePages, leastPages, mostPages };
}
