/**
 * Page sharing among identical VMs (OSDI 2002, figure 4): 1 to 10 Linux VMs of 40 MB on a host that scans, until nothing more is found.
 *
 * Three figures describe the VMs' memory, from three of the ten points: what one VM alone gives back (zero pages, and pages two and
 * two alike, about half each by the paper's text), how much the VMs have in common, and how likely any one of them has a page of it.
 * With a share c in common, held with chance p, two VMs give back c p / 2 more than one, and N give back
 * c (1 - (1 - (1 - p)^N) / (N p)).
 */
import { SECOND_NS } from "../../lib/units.ts";
import { absolute, type Row } from "../row.ts";
import { guestFor, pagesOfMib, region, runSystem, scenarioFor } from "../system.ts";

const VM_MIB = 40;
const [SETTLED_S, SCAN_PAGES_PER_S] = [60, 20_000];
/** Zero pages are 55 % of what a single VM gives back (section 4.3). */
const ZERO_SHARE = 0.55;
/** VMs whose points the description is taken from. */
const FITTED: ReadonlySet<number> = new Set([1, 2, 10]);

interface Description {
  readonly alone: number;
  readonly common: number;
  readonly overlap: number;
}

/** From the shares that 1, 2 and 10 VMs give back. */
function describe(one: number, two: number, ten: number): Description {
  let [low, high] = [0.5, 1];
  for (let round = 0; round < 50; round++) {
    const overlap = (low + high) / 2;
    if (beyondOne((2 * (two - one)) / overlap, overlap, 10) > ten - one) low = overlap;
    else high = overlap;
  }
  return { alone: one, common: (2 * (two - one)) / low, overlap: low };
}

function beyondOne(common: number, overlap: number, vms: number): number {
  let absent = 1;
  for (let i = 0; i < vms; i++) absent *= 1 - overlap;
  return common * (1 - (1 - absent) / (vms * overlap));
}

/** Share of the VMs' memory that the host gets back. */
function reclaimed(vms: number, { alone, common, overlap }: Description): number {
  const contents = { zero: ZERO_SHARE * alone, duplicate: 2 * (1 - ZERO_SHARE) * alone, common, overlap };
  const guests = Array.from({ length: vms }, (_, i) =>
    guestFor({
      name: `linux-${i + 1}`,
      group: "linux",
      sizePages: pagesOfMib(VM_MIB + 8),
      kernelPages: 1,
      workload: {
        threads: 1,
        thinkNs: SECOND_NS / 100,
        touches: 10,
        restartNs: SECOND_NS,
        phases: [],
        regions: [region("memory", "anonymous", VM_MIB, { contents })],
      },
    }),
  );
  const host = { memoryPages: pagesOfMib(1_024), shareScanPagesPerS: SCAN_PAGES_PER_S * vms };
  const last = runSystem(scenarioFor("sharing", SETTLED_S, host, guests)).host.at(-1)?.body;
  if (last === undefined) return Number.NaN;
  return (last.sharingPages - last.sharedPages) / (vms * pagesOfMib(VM_MIB));
}

/** `percent`: by number of VMs, from 1. */
export function sharingRows(percent: readonly number[], source: string): Row[] {
  const at = (vms: number): number => (percent[vms - 1] as number) / 100;
  const description = describe(at(1), at(2), at(10));
  return percent.map((reference, i) =>
    absolute({
      id: `esx/sharing/${i + 1}-vms`,
      reference,
      ours: 100 * reclaimed(i + 1, description),
      tolerance: 1,
      unit: "%",
      source,
      fitted: FITTED.has(i + 1),
    }),
  );
}
