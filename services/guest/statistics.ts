/** What the balloon driver tells the host: virtio-balloon's statistics (virtio 1.2 section 5.5.6.4) and PSI. */
import type { DriverStats } from "../../lib/wire/messages.ts";
import { availablePages } from "./available.ts";
import { floorOf, PRESSURE_DELAY_NS } from "./balloon/hyperv.ts";
import type { Totals } from "./counters.ts";
import type { Machine } from "./machine.ts";
import { CACHE, KERNEL } from "./memory.ts";
import { Pressure } from "./pressure.ts";

/** Of one life of the kernel, whose own counters start from 0. */
export class Statistics {
  readonly #machine: Machine;
  readonly #atBoot: Totals;
  /** When the driver was first seen loaded. */
  #loadedAtNs: number | undefined;
  readonly #pressure: Pressure;
  #told: DriverStats | undefined;

  constructor(machine: Machine, nowNs: number) {
    this.#machine = machine;
    this.#atBoot = { ...machine.totals };
    this.#pressure = new Pressure(machine.totals, nowNs);
  }

  /** Time has come to `nowNs`. */
  update(nowNs: number): void {
    this.#pressure.update(nowNs);
  }

  /** What the driver says now: what it said last, where its statistics are stale. */
  take(nowNs: number): DriverStats {
    this.update(nowNs);
    if (this.#told === undefined || !this.#machine.balloon.faults.stale) this.#told = this.#present(nowNs);
    return this.#told;
  }

  /** A driver that has gone, or is not loaded yet, says nothing. */
  #present(nowNs: number): DriverStats {
    const { balloon, config } = this.#machine;
    const told = { actualPages: balloon.toldPages, takenAtNs: nowNs, action: balloon.action };
    if (!balloon.loaded || balloon.faults.missing) return told;
    this.#loadedAtNs ??= nowNs;
    if (config.driver.kind === "hyperv") return { ...told, ...pressureReport(this.#machine, nowNs - this.#loadedAtNs) };
    return virtioStatistics(told, this.#machine, this.#pressure, this.#atBoot);
  }
}

type Told = Pick<DriverStats, "actualPages" | "takenAtNs" | "action">;

/**
 * virtio-balloon's tags, and PSI. Drivers that have fewer are read through other channels of the guest (VMware Tools). One literal,
 * not spread from parts: a host of many VMs makes one for each in every interval.
 */
function virtioStatistics(
  { actualPages, takenAtNs, action }: Told,
  machine: Machine,
  { some, full }: Pressure,
  atBoot: Totals,
): DriverStats {
  const { memory, totals } = machine;
  const { deflateOnOom } = machine.config.driver;
  return {
    actualPages,
    takenAtNs,
    action,
    swapInTotalPages: Math.floor(totals.swapInPages - atBoot.swapInPages),
    swapOutTotalPages: Math.floor(totals.swapOutPages - atBoot.swapOutPages),
    majorFaultsTotal: Math.floor(totals.majorFaults - atBoot.majorFaults),
    // PGFAULT contains the major ones.
    minorFaultsTotal: Math.floor(totals.minorFaults - atBoot.minorFaults + (totals.majorFaults - atBoot.majorFaults)),
    freePages: memory.freePages - memory.perCpu.pages,
    // adjust_managed_page_count(): memory shrinks with the balloon, unless the guest may take it back by itself.
    totalPages: memory.sizePages - (deflateOnOom ? 0 : memory.balloonPages),
    availablePages: availablePages(machine),
    cachePages: memory.used(CACHE),
    committedPages: committedPages(machine),
    oomKillsTotal: Math.floor(totals.oomKills - atBoot.oomKills),
    psiSomeTotalNs: Math.floor(totals.psiSomeNs - atBoot.psiSomeNs),
    psiFullTotalNs: Math.floor(totals.psiFullNs - atBoot.psiFullNs),
    psiSomeAvg10: some.percent[0],
    psiSomeAvg60: some.percent[1],
    psiSomeAvg300: some.percent[2],
    psiFullAvg10: full.percent[0],
    psiFullAvg60: full.percent[1],
    psiFullAvg300: full.percent[2],
  };
}

/** post_status(), drivers/hv/hv_balloon.c: what the balloon holds counts as committed, and so does the floor. */
function pressureReport(machine: Machine, upNs: number): Pick<DriverStats, "availablePages" | "committedPages"> {
  if (upNs < PRESSURE_DELAY_NS) return {};
  const committed = committedPages(machine) + machine.memory.balloonPages + floorOf(machine);
  return { availablePages: availablePages(machine), committedPages: committed };
}

/** Committed_AS. */
function committedPages({ memory, workload }: Machine): number {
  let committed = memory.used(KERNEL);
  for (const region of workload.anonymous.regions) committed += region.touchedPages;
  return committed;
}
