/** The live view for a pipe or a log: one line at a time. */
import { formatSlowdown } from "../../services/monitor/format.ts";
import type { LiveView, LiveVm } from "../../services/monitor/live.ts";
import { clock, gib, mib, percent } from "./format.ts";

const sumOf = (vms: readonly LiveVm[], pages: (vm: LiveVm) => number): number => vms.reduce((sum, vm) => sum + pages(vm), 0);

export function plainLine(view: LiveView): string {
  const { host, vms } = view;
  const parts = [
    `${clock(view.nowNs)}/${clock(view.durationNs)}`,
    ...(view.phase === "" ? [] : [view.phase]),
    host.seen ? `host ${host.state}, free ${gib(host.freePages)} GiB, disk ${percent(host.diskUtilisation)}` : "host not heard yet",
    `${vms.filter((vm) => vm.seen).length} of ${vms.length} VMs`,
    `balloons ${gib(sumOf(vms, (vm) => vm.memory.balloonPages))} GiB`,
    `swap in ${mib(sumOf(vms, (vm) => vm.swapInPagesPerS))} out ${mib(sumOf(vms, (vm) => vm.swapOutPagesPerS))} MiB/s`,
    slowedPart(vms),
  ];
  return parts.join("  ");
}

function slowedPart(vms: readonly LiveVm[]): string {
  const slowed = vms.filter((vm) => vm.idled || (vm.slowdown ?? 1) >= 1.1);
  if (slowed.length === 0) return "no VM slowed";
  const worst = slowed.reduce((most, vm) => (speedOf(vm) < speedOf(most) ? vm : most));
  return `${slowed.length} slowed, worst ${worst.name} ${worst.idled ? "stalled" : formatSlowdown(worst.slowdown)}`;
}

/** Share of its unpressed work that a VM gets done. */
function speedOf(vm: LiveVm): number {
  return vm.idled ? 0 : 1 / (vm.slowdown ?? 1);
}
