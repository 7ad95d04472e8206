/**
 * VMware ESX Server's policy: shares, guaranteed minimum, idle memory tax (Waldspurger, OSDI'02 sections 5 and 6).
 *
 * While there is plenty of memory and no balloon is out, it does nothing. Else it divides the memory that leaves free memory just
 * above the high threshold. In the high state the surplus of free memory is divided too, so balloons come back step by step;
 * memory that was promised and is not used counts as surplus: that is the bet of overcommitment.
 */
import { z } from "zod";
import { decimal, share, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { HostState } from "../../../lib/wire/messages.ts";
import { plentyPages } from "../states.ts";
import { allocate, type Claim } from "./idle-tax.ts";
import { definePolicy, type HostView, type TargetDecision, type VmView } from "./policy.ts";

const options = z.strictObject({
  tax: withDefault(decimal(0, 0.999), 0.75, "Tax on idle memory: an idle page costs 1 / (1 - tax) as much as an active one (section 5.2)."),
  interval: withDefault(time("100ms", "1h"), "15s", "Time between two allocations (Mem.BalancePeriod)."),
  largestBalloon: withDefault(share, "65%", "Largest balloon, as a share of the VM's size (Mem.CtlMaxPercent)."),
  samplePages: withDefault(decimal(1, 10_000), 100, "Pages in one sample of a VM's accesses (section 5.3)."),
  samplePeriod: withDefault(time("1s", "1h"), "30s", "Execution time that a sample covers (section 5.3)."),
  slowGain: withDefault(decimal(0.001, 1), 0.32, "Weight of a new sample in the slow average. Not published: as Figure 6 falls."),
  fastGain: withDefault(decimal(0.001, 1), 0.7, "Weight of a new sample in the fast average. Not published."),
  presentGain: withDefault(decimal(0.001, 1), 1, "Weight of the period just ended in the average that includes it. Not published."),
});

export type IdleTaxOptions = z.output<typeof options>;

export const sharesIdleTax = definePolicy({
  name: "shares-idle-tax",
  summary: "Memory in proportion to shares, idle memory taxed, between each VM's guaranteed minimum and its size.",
  source: "C. A. Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002, sections 5 and 6",
  options,
  create: (chosen) => ({
    intervalNs: chosen.interval,
    occasions: ["state", "roster"],
    balloons: true,
    sampling: {
      pages: Math.round(chosen.samplePages),
      periodNs: chosen.samplePeriod,
      slowGain: chosen.slowGain,
      fastGain: chosen.fastGain,
      presentGain: chosen.presentGain,
    },
    decide: (view: HostView) => decide(view, chosen),
  }),
});

function decide(view: HostView, chosen: IdleTaxOptions): TargetDecision[] {
  const plenty = view.state === HostState.HOST_STATE_HIGH;
  if (plenty && view.vms.every((vm) => vm.targetPages >= vm.sizePages)) return [];
  const keepPages = plentyPages(view.thresholds) + 1;
  const surplusPages = plenty ? Math.max(0, view.freePages - keepPages) : 0;
  const pages = view.memoryPages - view.reservedPages - view.overheadPages - keepPages + surplusPages;
  const claims = view.vms.map((vm) => claimOf(vm, chosen));
  const targets = allocate(claims, Math.max(0, pages), chosen.tax);
  return view.vms
    .map(({ vm }, i) => ({ vm, targetPages: targets[i] as number }))
    .filter(({ targetPages }, i) => targetPages !== (view.vms[i] as VmView).targetPages);
}

function claimOf(vm: VmView, chosen: IdleTaxOptions): Claim {
  const smallest = vm.hasDriver ? Math.ceil(vm.sizePages * (1 - chosen.largestBalloon)) : vm.minimumPages;
  const leastPages = Math.min(vm.sizePages, Math.max(vm.minimumPages, smallest));
  // Before the first sample all of a VM counts as active: a boot touches much of it.
  return { shares: vm.shares, activePages: vm.activePages ?? vm.sizePages, leastPages, mostPages: vm.sizePages };
}
