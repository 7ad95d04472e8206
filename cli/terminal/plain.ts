/** The live view for a pipe or a log: one line at a time. */
import { formatSlowdown } from "../../services/monitor/format.ts";
import type { LiveHost, LiveView, LiveVm } from "../../services/monitor/live.ts";
import { clock, gib, mib, notHeard, percent } from "./format.ts";

const sumOf = (vms: readonly LiveVm[], pages: (vm: LiveVm) => number): number => vms.reduce((sum, vm) => sum + pages(vm), 0);

export function plainLine(view: LiveView): string {
  const { host, vms } = view;
  const parts = [
    `${clock(view.nowNs)}/${clock(view.durationNs)}`,
    ...(view.phase === "" ? [] : [view.phase]),
    hostPart(host),
    `${vms.filter((vm) => vm.seen && vm.silentNs === 0).length} of ${vms.length} VMs`,
    `balloons ${gib(sumOf(vms, (vm) => vm.memory.balloonPages))} GiB`,
    swapPart(view),
    slowedPart(vms),
  ];
  return parts.join("  ");
}

function hostPart(host: LiveHost): string {
  if (!host.seen) return "host not heard yet";
  if (host.silentNs > 0) return notHeard("host", host.silentNs);
  return `host ${host.state}, free ${gib(host.freePages)} GiB, disk ${percent(host.diskUtilisation)}`;
}

/** The guests' own, and that of the host where it swaps: much more may move there. */
function swapPart({ host, vms }: LiveView): string {
  const guests = `swap in ${mib(sumOf(vms, (vm) => vm.swapInPagesPerS))} out ${mib(sumOf(vms, (vm) => vm.swapOutPagesPerS))} MiB/s`;
  if (host.silentNs > 0 || host.swapInPagesPerS + host.swapOutPagesPerS === 0) return guests;
  return `${guests}, host's in ${mib(host.swapInPagesPerS)} out ${mib(host.swapOutPagesPerS)}`;
}

function slowedPart(vms: readonly LiveVm[]): string {
  const slowed = vms.filter((vm) => vm.silentNs === 0 && (vm.idled || (vm.slowdown ?? 1) >= 1.1));
  if (slowed.length === 0) return "no VM slowed";
  const worst = slowed.reduce((most, vm) => (speedOf(vm) < speedOf(most) ? vm : most));
  return `${slowed.length} slowed, worst ${worst.name} ${worst.idled ? "stalled" : formatSlowdown(worst.slowdown)}`;
}

/** Share of its unpressed work that a VM gets done. */
function speedOf(vm: LiveVm): number {
  return vm.idled ? 0 : 1 / (vm.slowdown ?? 1);
}
