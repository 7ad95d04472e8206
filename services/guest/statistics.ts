/** What the balloon driver tells the host: virtio-balloon's statistics (virtio 1.2 section 5.5.6.4) and PSI. */
import type { DriverStats } from "../../lib/wire/messages.ts";
import type { Totals } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { CACHE, KERNEL } from "./memory.ts";
import type { Pressure } from "./pressure.ts";

/** `atBoot`: the totals when this kernel booted, as its own counters start from 0. */
export function statisticsOf(machine: Machine, pressure: Pressure, atBoot: Totals, nowNs: number): DriverStats {
  const { memory, balloon, totals } = machine;
  const [some, full] = [pressure.some.percent, pressure.full.percent];
  const { deflateOnOom } = machine.config.driver;
  const since = (name: keyof Totals): number => Math.floor(totals[name] - atBoot[name]);
  let committed = memory.used(KERNEL);
  for (const region of machine.workload.anonymous.regions) committed += region.touchedPages;
  return {
    actualPages: balloon.actualPages,
    swapInTotalPages: since("swapInPages"),
    swapOutTotalPages: since("swapOutPages"),
    majorFaultsTotal: since("majorFaults"),
    // PGFAULT contains the major ones.
    minorFaultsTotal: Math.floor(totals.minorFaults - atBoot.minorFaults + (totals.majorFaults - atBoot.majorFaults)),
    freePages: memory.freePages - memory.perCpu.pages,
    // adjust_managed_page_count(): memory shrinks with the balloon, unless the guest may take it back by itself.
    totalPages: memory.sizePages - (deflateOnOom ? 0 : memory.balloonPages),
    availablePages: availablePages(machine),
    cachePages: memory.used(CACHE),
    committedPages: committed,
    oomKillsTotal: since("oomKills"),
    psiSomeTotalNs: since("psiSomeNs"),
    psiFullTotalNs: since("psiFullNs"),
    psiSomeAvg10: some[0],
    psiSomeAvg60: some[1],
    psiSomeAvg300: some[2],
    psiFullAvg10: full[0],
    psiFullAvg60: full[1],
    psiFullAvg300: full[2],
    takenAtNs: nowNs,
    action: balloon.action,
  };
}

/** si_mem_available(), mm/show_mem.c. */
export function availablePages(machine: Machine): number {
  const { memory, marks } = machine;
  const cache = memory.used(CACHE);
  const reserve = Math.min(marks.highPages, memory.sizePages - memory.balloonPages);
  return Math.max(0, Math.floor(memory.freePages - memory.perCpu.pages - reserve + cache - Math.min(cache / 2, marks.lowPages)));
}
