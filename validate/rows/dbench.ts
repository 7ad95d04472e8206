/**
 * dbench in a VM built small against one of 256 MB with a balloon (OSDI 2002, figure 2).
 *
 * The benchmark's access pattern was not published. It is described by four figures, fitted on the curve of the VMs built small: the
 * time of an access in memory, what a miss adds, the size of the files, and Zipf's exponent over them. The ballooned VM has
 * kernel structures sized for
 * 256 MB; that, and what the model's own guest does with it, is the prediction.
 */
import type { GuestConfig, PhaseConfig } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { csvFixture } from "../fixtures.ts";
import type { Plot } from "../plot.ts";
import { PARAMETERS } from "../real-guest/parameters.ts";
import { runGuest } from "../real-guest/replay.ts";
import { guestFor, pagesOfMib, region, scenarioFor } from "../system.ts";

/** Code and data of a Linux 2.4 kernel, and what it sizes with memory: 64 bytes of mem_map and about 40 of hash tables per page. */
const KERNEL_MIB = 8;
const KERNEL_SHARE = 104 / 4096;
const FILES_MIB = [200, 225, 250, 300, 400];
const EXPONENTS = [0, 0.3, 0.6, 0.9, 1.2];
const [BALLOON_S, FROM_S, END_S] = [40, 100, 140];

interface Files {
  readonly mib: number;
  readonly exponent: number;
}

interface Pattern {
  readonly files: Files;
  readonly accessNs: number;
  readonly missNs: number;
}

/** Fitted on the four VMs built small and the one of 256 MB. */
function fitted(throughput: readonly number[], sizesMib: readonly number[]): Pattern {
  let best: Pattern = { files: { mib: 0, exponent: 0 }, accessNs: 0, missNs: 0 };
  let least = Number.POSITIVE_INFINITY;
  const times = throughput.map((value) => 1 / value);
  for (const files of FILES_MIB.flatMap((mib) => EXPONENTS.map((exponent) => ({ mib, exponent })))) {
    const misses = sizesMib.map((mib) => missRatio(vmOf(mib, mib, files)));
    const { offset, slope, error } = straight(misses, times);
    if (error >= least || offset <= 0 || slope <= 0) continue;
    least = error;
    best = { files, accessNs: offset, missNs: slope };
  }
  return best;
}

/** Least squares of y = offset + slope x. */
function straight(x: readonly number[], y: readonly number[]): { offset: number; slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope =
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] as number) - my), 0) / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const offset = my - slope * mx;
  return { offset, slope, error: x.reduce((sum, value, i) => sum + (offset + slope * value - (y[i] as number)) ** 2, 0) };
}

function vmOf(sizeMib: number, targetMib: number, { mib, exponent }: Files): { guest: GuestConfig; targetMib: number } {
  const phases: PhaseConfig[] = [];
  const guest = guestFor({
    name: "dbench",
    sizePages: pagesOfMib(sizeMib),
    kernelPages: pagesOfMib(KERNEL_MIB + KERNEL_SHARE * sizeMib),
    swapPages: 0,
    creditPages: pagesOfMib(sizeMib),
    workload: {
      threads: 4,
      thinkNs: 100_000,
      touches: 1,
      restartNs: SECOND_NS,
      phases,
      regions: [region("files", "file", mib, { law: exponent > 0 ? { kind: "zipf", exponent } : { kind: "uniform" } })],
    },
  });
  return { guest, targetMib };
}

/** Misses per access of the model's guest, settled. */
function missRatio({ guest, targetMib }: ReturnType<typeof vmOf>): number {
  const scenario = scenarioFor("dbench", END_S, { memoryPages: 2 * guest.sizePages }, [guest]);
  const events = targetMib * 256 < guest.sizePages ? [{ atNs: BALLOON_S * SECOND_NS, targetPages: pagesOfMib(targetMib) }] : [];
  const samples = runGuest(scenario, 0, { events, limits: { swapIops: undefined, dataIops: undefined }, parameters: PARAMETERS });
  const last = samples.filter(({ timeS }) => timeS > FROM_S);
  const sum = (of: (body: (typeof last)[number]["body"]) => number) => last.reduce((total, { body }) => total + of(body), 0);
  return sum((body) => body.fileReadPages) / sum((body) => body.accesses);
}

export function dbenchOverhead(): { overheadPercent: Readonly<Record<string, number>>; plot: Plot } {
  const figure = csvFixture("published/waldspurger_fig2_dbench.csv");
  const [sizes, built, ballooned] = [figure.vm_MB, figure.static_MBps, figure.ballooned_from_256_MBps] as [number[], number[], number[]];
  const { files, accessNs, missNs } = fitted(built, sizes);
  const speed = (sizeMib: number, targetMib: number): number => 1 / (accessNs + missNs * missRatio(vmOf(sizeMib, targetMib, files)));
  const small = sizes.map((mib) => speed(mib, mib));
  const large = sizes.map((mib) => speed(256, mib));
  const points = (values: readonly number[]) => sizes.map((mib, i) => [mib, values[i] as number] as const);
  const plot: Plot = {
    name: "esx-dbench",
    title: "dbench: VMs built small, and 256 MB ballooned",
    x: "MB",
    y: "MB/s",
    series: [
      { label: "built small, figure 2", points: points(built), reference: true, colour: 0 },
      { label: "ballooned, figure 2", points: points(ballooned), reference: true, colour: 1 },
      { label: "built small, fitted", points: points(small), reference: false, colour: 0 },
      { label: "ballooned, predicted", points: points(large), reference: false, colour: 1 },
    ],
  };
  const overheadPercent = Object.fromEntries(sizes.map((mib, i) => [String(mib), 100 * (1 - (large[i] as number) / (small[i] as number))]));
  return { overheadPercent, plot };
}
