/** A real-guest experiment as a scenario: the same guest, load and events. */
import type { GuestConfig, PhaseConfig, PopularityLaw, RegionChange, RegionConfig, Scenario } from "../../lib/scenario/scenario.ts";
import type { ThreadsConfig } from "../../lib/scenario/threads.ts";
import type { Watermarks } from "../../lib/scenario/watermarks.ts";
import { MILLISECOND_NS, PAGES_PER_MIB, SECOND_NS } from "../../lib/units.ts";
import { fileThreads, leftOf, processorOf, type TouchTimes, touchTimesOf } from "./emulator.ts";
import type { Experiment } from "./experiment.ts";
import type { Parameters } from "./parameters.ts";
import type { ExperimentFile, LoadFile } from "./schema.ts";

/** Boot and first touch are over well before the load starts. */
const LEAD_S = 60;
const STEP_NS = 100 * MILLISECOND_NS;
const SAMPLE_NS = 200 * MILLISECOND_NS;
/** vm.lowmem_reserve_ratio of the DMA and DMA32 zones. */
const RESERVE_RATIO = 256;
/** Growth is a staircase of this step. */
const GROWTH_S = 0.25;

export interface Replayable {
  readonly scenario: Scenario;
  /** Model time at which the load starts. */
  readonly startNs: number;
}

export function scenarioOf(experiment: Experiment, parameters: Parameters): Replayable {
  const { file } = experiment;
  const startNs = LEAD_S * SECOND_NS;
  const durationNs = startNs + Math.ceil(file.end + 2) * SECOND_NS;
  const scenario: Scenario = {
    name: experiment.name,
    description: "replay of a real-guest experiment",
    seed: 1,
    durationNs,
    speed: 1,
    stepNs: STEP_NS,
    sampleNs: SAMPLE_NS,
    network: { latencyNs: MILLISECOND_NS, jitterNs: 0 },
    host: hostOf(4 * pages(file.guest.ram_mib)),
    guests: [guestOf(experiment, parameters, startNs)],
    faults: [],
    convergenceNs: durationNs,
  };
  return { scenario, startNs };
}

/** Only what a guest reads of its host counts here: the reference host grants by rules of its own. */
function hostOf(memoryPages: number): Scenario["host"] {
  const ns = MILLISECOND_NS;
  return {
    name: "reference-host",
    memoryPages,
    reservedPages: 0,
    overheadPagesPerVm: 0,
    swapPages: 0,
    leaseNs: 10 * SECOND_NS,
    statisticsNs: SECOND_NS,
    hostSwap: false,
    hostSwapVictims: "random",
    shareScanPagesPerS: 0,
    states: { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 },
    disk: {
      channels: 1,
      service: { randomReadNs: ns, clusteredReadNs: ns, transferNs: 0, clusteredWriteNs: ns },
      variation: 0,
      pagesPerClusteredWrite: 1,
    },
    policy: { name: "none", options: {} },
  };
}

function guestOf(experiment: Experiment, parameters: Parameters, startNs: number): GuestConfig {
  const { guest, load, deflate_on_oom, run } = experiment.file;
  return {
    name: experiment.name,
    group: experiment.group,
    sizePages: pages(guest.ram_mib),
    minimumPages: 0,
    shares: 1,
    kernelPages: kernelPages(experiment),
    swapPages: pages(guest.swap?.mib ?? 0),
    swappiness: guest.swappiness,
    pageCluster: guest.pagecluster,
    replacement: { anonymous: "lru", file: "lru" },
    creditPages: pages(guest.ram_mib),
    bootNs: SECOND_NS,
    driver: {
      kind: "virtio",
      inflatePagesPerS: parameters.inflatePagesPerS,
      inflateUntouchedPagesPerS: parameters.inflatePagesPerS,
      deflatePagesPerS: parameters.deflatePagesPerS,
      deflateOnOom: deflate_on_oom,
      freePageReporting: false,
    },
    watermarks: watermarksOf(run.zones_pages),
    processor: processorOf(experiment, parameters),
    workload: withCpus(workloadOf(load, touchTimesOf(experiment, parameters), startNs), experiment, startNs),
  };
}

/**
 * What is neither free, footprint nor file: the kernel, its slab, page tables, mlocked programs. The least of all settled levels
 * counts: what is more elsewhere are free pages on the per-CPU lists, which MemFree leaves out (mm/page_alloc.c, free_unref_page()).
 */
function kernelPages({ levels }: Experiment): number {
  const settled = levels.filter(({ fromS, moveS, windowFromS }, i) => i === 0 || fromS + moveS < windowFromS);
  // Beside a footprint the few anonymous pages of other programs count here: nobody touches them again.
  const [start] = levels;
  const aside = start !== undefined && start.rssMib > 0 ? start.anonymousMib - start.rssMib : 0;
  const other = settled.map((level) => level.actualMib - level.freeMib - level.anonymousListMib + aside - level.fileMib);
  return pages(other.reduce((least, mib) => Math.min(least, mib), Number.POSITIVE_INFINITY));
}

/**
 * The guest has transparent huge pages, whose set-up raises vm.min_free_kbytes; the zones' marks are in the experiment. An allocation
 * that may use a higher zone leaves a lower one its lowmem_reserve above the mark (mm/page_alloc.c, setup_per_zone_lowmem_reserve()).
 */
function watermarksOf(zones: ExperimentFile["run"]["zones_pages"]): Watermarks {
  const all = ["DMA", "DMA32", "Normal"].flatMap((name) => zones[name] ?? []);
  const reserve = all.reduce(
    (sum, _, i) => sum + Math.floor(all.slice(i + 1).reduce((above, { managed }) => above + managed, 0) / RESERVE_RATIO),
    0,
  );
  const sum = (mark: "min" | "low" | "high") => reserve + all.reduce((total, zone) => total + zone[mark], 0);
  return { minPages: sum("min"), lowPages: sum("low"), highPages: sum("high") };
}

/** Each kind of memory has threads of its own; they begin with the load. */
function workloadOf(load: LoadFile | null, { anonymousNs, fileNs }: TouchTimes, startNs: number): GuestConfig["workload"] {
  const base = { threads: 0, thinkNs: SECOND_NS, touches: 1, restartNs: 3_600 * SECOND_NS };
  if (load === null) return { ...base, regions: [], phases: [] };
  const regions: RegionConfig[] = [];
  if (load.F > 0) {
    regions.push({
      name: "footprint",
      kind: "anonymous",
      pages: pages(load.F),
      law: lawOf(load.law, load.s),
      writes: load.w,
      weight: 1,
      own: ownThreads(load.think, anonymousNs),
    });
  }
  if (load.C > 0) {
    const law: PopularityLaw = load.fmode === "seq" ? { kind: "scan" } : lawOf(load.flaw, load.fs);
    regions.push({
      name: "file",
      kind: "file",
      pages: pages(load.C),
      law,
      writes: load.fw,
      weight: 1,
      own: ownThreads(load.fthink, fileNs),
    });
  }
  return { ...base, regions, phases: phasesOf(load, startNs) };
}

/** The CPU time that the emulator got changes from second to second. */
function withCpus(workload: GuestConfig["workload"], experiment: Experiment, startNs: number): GuestConfig["workload"] {
  const phases: PhaseConfig[] = [...workload.phases];
  for (const { timeS, cpus } of leftOf(experiment)) phases.push({ atNs: startNs + Math.round(timeS * SECOND_NS), name: "cpus", cpus });
  return { ...workload, phases: phases.sort((a, b) => a.atNs - b.atNs) };
}

/** Threads that do not pace themselves compute all the time. */
function ownThreads(thinkNs: number, touchNs: number): ThreadsConfig {
  return { threads: 0, thinkNs: thinkNs || touchNs, paced: thinkNs > 0, touchNs };
}

function phasesOf(load: LoadFile, startNs: number): PhaseConfig[] {
  const begins: Record<string, RegionChange> = {};
  if (load.F > 0) begins.footprint = { threads: load.T };
  if (load.C > 0) begins.file = { threads: fileThreads(load) };
  const phases: PhaseConfig[] = [{ atNs: startNs, name: "load", regions: begins }];
  const at = (s: number): number => startNs + Math.round(s * SECOND_NS);
  if (load.shift_t !== undefined) {
    phases.push({ atNs: at(load.shift_t), name: "shift", regions: { footprint: { shift: load.shift_frac ?? 1 } } });
  }
  const { grow_t, grow_F = 0, grow_rate = 20 } = load;
  if (grow_t === undefined) return phases;
  const steps = Math.ceil(grow_F / grow_rate / GROWTH_S);
  for (let i = 1; i <= steps; i++) {
    const grownMib = Math.min(grow_F, i * grow_rate * GROWTH_S);
    phases.push({ atNs: at(grow_t + (i - 1) * GROWTH_S), name: "growth", regions: { footprint: { pages: pages(load.F + grownMib) } } });
  }
  return phases;
}

function lawOf(law: "uniform" | "zipf", exponent: number): PopularityLaw {
  return law === "zipf" && exponent > 0 ? { kind: "zipf", exponent } : { kind: "uniform" };
}

function pages(mib: number): number {
  return Math.round(mib * PAGES_PER_MIB);
}
