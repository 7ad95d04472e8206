/** VSwapper's guest: 512 MB by its own belief, less by its host's, and a 7200 rpm disk for all. */
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { RegionConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { watermarksOf } from "../../lib/scenario/watermarks.ts";
import { MILLISECOND_NS, SECOND_NS } from "../../lib/units.ts";
import { steadyMissRatio } from "../lru-model.ts";
import { guestFor, pagesOfMib, region, runSystem, scenarioFor } from "../system.ts";

const SIZE_MIB = 512;
const KERNEL_MIB = 16;
export const SCAN_MIB = 200;
const [FROM_S, END_S] = [400, 600];
const SAMPLE_S = 10;
/** One thread's faults are far longer, and far rarer, than a step of 100 ms would need. */
const STEP_NS = 250 * MILLISECOND_NS;
/**
 * Every fault, whatever it brings, costs what VSwapper's own figures say: 0.794 ms, which is the time of a run over its faults.
 * Read-ahead, queueing and the write of the page that had to go for it are in that figure, so writes are not charged once more.
 */
const FAULT_NS = DISK_PRESETS["hdd-7200"].service.clusteredReadNs;
const DISK = {
  ...DISK_PRESETS["hdd-7200"],
  service: { ...DISK_PRESETS["hdd-7200"].service, randomReadNs: FAULT_NS, transferNs: 0, clusteredWriteNs: 1 },
};

/** One thread's accesses: where they go, and the CPU time of each. */
export interface Access {
  readonly region: RegionConfig;
  readonly cpuNs: number;
}

export function scanAccess(cpuNs: number): Access {
  return { region: region("file", "file", SCAN_MIB, { law: { kind: "scan" } }), cpuNs };
}

function buildAccess(mib: number, exponent: number, cpuNs: number): Access {
  return { region: region("tree", "file", mib, { law: { kind: "zipf", exponent }, writes: 0.05 }), cpuNs };
}

/** Settled time per access in a VM that has `mib` of machine memory: by a balloon, or by host swapping. */
export function perAccessNs(access: Access, mode: "balloon" | "swap", mib: number): number {
  const samples = runSystem(scenarioOf(access, mode, mib)).guests[0] ?? [];
  const settled = samples.filter(({ timeS }) => timeS > FROM_S);
  return (settled.length * SAMPLE_S * SECOND_NS) / settled.reduce((sum, { body }) => sum + body.accesses, 0);
}

function scenarioOf({ region: pages, cpuNs }: Access, mode: "balloon" | "swap", mib: number): Scenario {
  const guest = guestFor({
    name: "vm",
    sizePages: pagesOfMib(SIZE_MIB),
    kernelPages: pagesOfMib(KERNEL_MIB),
    workload: { threads: 1, thinkNs: cpuNs, touches: 1, restartNs: SECOND_NS, phases: [], regions: [pages] },
  });
  // The host of the swapping runs keeps just enough free that it swaps for what the VM wants, and for nothing else.
  const states = { high: 0.004, soft: 0.003, hard: 0.002, low: 0.001, margin: 1.1 };
  const memoryPages = mode === "swap" ? pagesOfMib(mib) : pagesOfMib(2 * SIZE_MIB);
  const targets = { vm: `${mib}MiB` };
  const policy = mode === "swap" ? { name: "none", options: {} } : { name: "static", options: { targets } };
  const scenario = scenarioFor(`vswapper-${mode}`, END_S, { memoryPages, states, disk: DISK, policy }, [guest]);
  return { ...scenario, stepNs: STEP_NS, sampleNs: SAMPLE_S * SECOND_NS };
}

/** The build's pattern, and the CPU time of an access. */
interface Pattern {
  readonly mib: number;
  readonly exponent: number;
  readonly cpuNs: number;
}

export interface BuildFit {
  readonly access: Access;
  /** Time relative to the first size's, at each size, ballooned. */
  readonly curve: readonly number[];
}

const TREES_MIB = [500, 700, 1_000, 1_400, 2_000];
const EXPONENTS = [1.0, 1.2, 1.4];
/** Runs until the ratio is right to a thousandth of what it is above 1. */
const MOST_ROUNDS = 4;
const RATIO_TOLERANCE = 1e-3;

/** The pattern is chosen by LRU's steady state; its CPU time is then set, and its curve measured, by whole runs. */
export function fitBuild(sizesMib: readonly number[], ratios: readonly number[], told: (line: string) => void): BuildFit {
  const pattern = nearestPattern(sizesMib, ratios);
  told(`    files of ${pattern.mib} MiB, exponent ${pattern.exponent}`);
  const access = withCpu(pattern, sizesMib, ratios);
  const times = sizesMib.map((mib) => perAccessNs(access, "balloon", mib));
  return { access, curve: times.map((ns) => ns / (times[0] as number)) };
}

/** Of one thread's accesses the share m misses, so each takes cpu + m fault in the mean: the least squares over the curve. */
function nearestPattern(sizesMib: readonly number[], ratios: readonly number[]): Pattern {
  let best: Pattern | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const mib of TREES_MIB) {
    for (const exponent of EXPONENTS) {
      const { region: tree } = buildAccess(mib, exponent, 0);
      const faultsNs = sizesMib.map((size) => FAULT_NS * steadyMissRatio(tree, cachePages(size)));
      const cpuNs = cpuFor(ratios[ratios.length - 1] as number, faultsNs[0] as number, faultsNs[faultsNs.length - 1] as number);
      const error = faultsNs.reduce((sum, ns, i) => {
        const off = (cpuNs + ns) / (cpuNs + (faultsNs[0] as number)) - (ratios[i] as number);
        return sum + off * off;
      }, 0);
      if (error >= least) continue;
      least = error;
      best = { mib, exponent, cpuNs };
    }
  }
  return best as Pattern;
}

/** What a ballooned guest of that size has left for files: kswapd keeps the high watermark of its boot size free. */
function cachePages(mib: number): number {
  return pagesOfMib(mib - KERNEL_MIB) - watermarksOf(pagesOfMib(SIZE_MIB)).highPages;
}

/** CPU time per access for which (cpu + many) / (cpu + few) = ratio. */
function cpuFor(ratio: number, fewNs: number, manyNs: number): number {
  return Math.min(1e8, Math.max(1_000, Math.round((manyNs - ratio * fewNs) / (ratio - 1))));
}

/** Whole runs have a little more than the steady state's faults: the CPU time follows them. */
function withCpu({ mib, exponent, cpuNs: guessNs }: Pattern, sizesMib: readonly number[], ratios: readonly number[]): Access {
  const [large, small, ratio] = [sizesMib[0] as number, sizesMib[sizesMib.length - 1] as number, ratios[ratios.length - 1] as number];
  let cpuNs = guessNs;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const access = buildAccess(mib, exponent, cpuNs);
    const [fewNs, manyNs] = [perAccessNs(access, "balloon", large), perAccessNs(access, "balloon", small)];
    if (Math.abs(manyNs / fewNs - ratio) <= RATIO_TOLERANCE * (ratio - 1)) return access;
    cpuNs = cpuFor(ratio, fewNs - cpuNs, manyNs - cpuNs);
  }
  return buildAccess(mib, exponent, cpuNs);
}
