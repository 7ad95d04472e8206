/** The experiments of Waldspurger's paper as scenarios, from what the paper says of them. */

import type { GuestConfig, RegionConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { guestFor, pagesOfMib, region, scenarioFor } from "../system.ts";

/** Pages of the kernel: a Linux 2.4 or Windows 2000 of that time. */
const KERNEL_MIB = 6;
const STATES = { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 };

export interface TaxCase {
  readonly taxRate: number;
  readonly activeMB: readonly number[];
  readonly totalMB: number;
}

export const TAX_END_S = 1_200;
/** The busy VM comes back to each page of its cold part about this often: it wants the memory, and is seldom seen to use it. */
const COLD_S = 300;
/** Period of the host's samples. */
const SAMPLE_S = 30;
const [THREADS, THINK_NS, TOUCHES] = [2, SECOND_NS / 100, 50];

/** Figure 7: two VMs of 256 MB, one that has used all of its memory and idles, one that runs dbench. */
export function twoVms({ activeMB, totalMB, taxRate }: TaxCase): Scenario {
  const [idleMB, busyMB] = activeMB as [number, number];
  const restMB = (mb: number): number => 256 - mb - 4;
  const cold = restMB(busyMB);
  const seenMB = (cold * SAMPLE_S) / COLD_S;
  const weight = (pagesOfMib(cold) * THINK_NS) / (COLD_S * THREADS * TOUCHES * SECOND_NS);
  const guests = [
    taxedVm("vm1", idleMB, region("old", "file", restMB(idleMB), { weight: 0 })),
    taxedVm("vm2", busyMB - seenMB, region("cold", "file", cold, { weight })),
  ];
  // Allocations leave free memory just above the high threshold; what is beyond that is the paper's total.
  const memoryPages = Math.ceil(pagesOfMib(totalMB) / (1 - STATES.high * STATES.margin));
  return scenarioFor(
    "idle-tax",
    TAX_END_S,
    { memoryPages, states: STATES, policy: { name: "shares-idle-tax", options: { tax: taxRate } } },
    guests,
  );
}

function taxedVm(name: string, activeMB: number, rest: RegionConfig): GuestConfig {
  // Sampled pages of the kernel count as active too.
  const hot = region("hot", "anonymous", activeMB - KERNEL_MIB);
  return guestFor({
    name,
    sizePages: pagesOfMib(256),
    kernelPages: pagesOfMib(KERNEL_MIB),
    workload: { threads: THREADS, thinkNs: THINK_NS, touches: TOUCHES, restartNs: SECOND_NS, phases: [], regions: [hot, rest] },
  });
}

/** Section 6.3: 2 x 256 MB and 3 x 320 MB on 1 GB, each guaranteed half, overhead 160 MB in all; one VM goes idle. */
export function fiveVms(): Scenario {
  const guests = [256, 256, 320, 320, 320].map((mib, i) => officeVm(`vm${i + 1}`, mib, i === 4));
  const host = { memoryPages: pagesOfMib(1_024), overheadPagesPerVm: pagesOfMib(32), states: STATES };
  return scenarioFor("five-vms", 3_600, { ...host, policy: { name: "shares-idle-tax", options: {} } }, guests);
}

function officeVm(name: string, mib: number, idles: boolean): GuestConfig {
  return guestFor({
    name,
    sizePages: pagesOfMib(mib),
    minimumPages: pagesOfMib(mib / 2),
    kernelPages: pagesOfMib(16),
    shares: mib,
    workload: {
      threads: 2,
      thinkNs: SECOND_NS / 50,
      touches: 20,
      restartNs: SECOND_NS,
      phases: idles ? [{ atNs: 900 * SECOND_NS, name: "idle", threads: 0 }] : [],
      regions: [
        region("heap", "anonymous", 0.4 * mib, { law: { kind: "zipf", exponent: 0.8 }, writes: 0.3 }),
        region("files", "file", 0.5 * mib, { law: { kind: "zipf", exponent: 0.8 }, writes: 0.02 }),
      ],
    },
  });
}
