/** VSwapper's guest: 512 MB by its own belief, less by its host's, and a 7200 rpm disk for all. */
import { DISK_PRESETS } from "../../lib/scenario/diskpresets.ts";
import type { RegionConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { guestFor, pagesOfMib, region, runSystem, scenarioFor } from "../system.ts";

const SIZE_MIB = 512;
const KERNEL_MIB = 16;
export const SCAN_MIB = 200;
const [FROM_S, END_S] = [400, 600];
/**
 * Every fault costs what VSwapper's own figures say: 0.794 ms, which is the time of a run over its faults. Read-ahead, queueing and the
 * write of the page that had to go for it are in that figure, so writes are not charged once more.
 */
const FAULT_NS = DISK_PRESETS["hdd-7200"].service.clusteredReadNs;
const DISK = {
  ...DISK_PRESETS["hdd-7200"],
  service: { ...DISK_PRESETS["hdd-7200"].service, randomReadNs: FAULT_NS, clusteredWriteNs: 1 },
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
  const accesses = samples.filter(({ timeS }) => timeS > FROM_S).reduce((sum, { body }) => sum + body.accesses, 0);
  return ((END_S - FROM_S) * SECOND_NS) / accesses;
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
  return { ...scenarioFor(`vswapper-${mode}`, END_S, { memoryPages, states, disk: DISK, policy }, [guest]), sampleNs: 10 * SECOND_NS };
}

export interface BuildFit {
  readonly access: Access;
  /** Time relative to the first size's, at each size, ballooned. */
  readonly curve: readonly number[];
}

const TREES_MIB = [500, 700, 1_000, 1_400, 2_000];
const EXPONENTS = [1.0, 1.2, 1.4];

/** The pattern that comes nearest to the ballooning curve. Per pattern, the CPU time follows from the curve's last point. */
export function fitBuild(sizesMib: readonly number[], ratios: readonly number[]): BuildFit {
  let best: BuildFit | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const tree of TREES_MIB) {
    for (const exponent of EXPONENTS) {
      const access = withCpu(tree, exponent, sizesMib, ratios);
      const times = sizesMib.map((mib) => perAccessNs(access, "balloon", mib));
      const curve = times.map((ns) => ns / (times[0] as number));
      const error = curve.reduce((sum, ratio, i) => sum + (ratio - (ratios[i] as number)) ** 2, 0);
      if (error < least) {
        least = error;
        best = { access, curve };
      }
    }
  }
  return best as BuildFit;
}

/** Time per access is CPU time plus what misses cost; the latter depends on the former only a little. */
function withCpu(tree: number, exponent: number, sizesMib: readonly number[], ratios: readonly number[]): Access {
  const [large, small, ratio] = [sizesMib[0] as number, sizesMib[sizesMib.length - 1] as number, ratios[ratios.length - 1] as number];
  let cpuNs = 2_000_000;
  for (let round = 0; round < 6; round++) {
    const access = buildAccess(tree, exponent, cpuNs);
    const faultsNs = (mib: number): number => perAccessNs(access, "balloon", mib) - cpuNs;
    const [few, many] = [faultsNs(large), faultsNs(small)];
    // (cpu + many) / (cpu + few) = ratio
    cpuNs = Math.min(1e8, Math.max(1_000, Math.round((many - ratio * few) / (ratio - 1))));
  }
  return buildAccess(tree, exponent, cpuNs);
}
