/** Groups of VMs, resolved: one GuestConfig per VM, named after its group. */
import { PAGE_BYTES, PAGES_PER_MIB } from "../../units.ts";
import { NAME_LENGTH } from "../../wire/name.ts";
import { DRIVER_SPEEDS, type DriverConfig } from "../driver.ts";
import type { Issue, Path } from "../issue.ts";
import type { GuestConfig, RegionConfig, WorkloadConfig } from "../scenario.ts";
import { NAME } from "../schema/field.ts";
import { type GuestGroupFile, type GuestTemplateFile, MAX_GUESTS } from "../schema/guests.ts";
import { shown, showSize } from "../schema/units.ts";
import type { WorkloadFile } from "../schema/workload.ts";
import { watermarksOf } from "../watermarks.ts";
import { resolvePhases } from "./phases.ts";

const MAX_REGIONS = 16;
/** vSphere's default, "normal"; low is 5 and high is 20. */
const SHARES_PER_MIB = 10;
/** A VM cannot be called as another actor is. */
const RESERVED_NAMES = new Set(["conductor", "monitor", "host"]);

type Group = GuestTemplateFile & Pick<GuestGroupFile, "group" | "memory">;

export function resolveGroups(groups: readonly GuestGroupFile[], issues: Issue[]): GuestConfig[] {
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  if (total > MAX_GUESTS) {
    issues.push({ path: ["guests"], message: `the groups have ${total} VMs in all; allowed: at most ${MAX_GUESTS}` });
    return [];
  }
  const guests: GuestConfig[] = [];
  const seen = new Set<string>();
  for (const [index, group] of groups.entries()) {
    const path: Path = ["guests", index];
    if (seen.has(group.group))
      issues.push({ path: [...path, "group"], message: `${shown(group.group)} is the name of an earlier group; each needs its own` });
    seen.add(group.group);
    // Zero-padded, so that names sort as numbers do.
    const digits = Math.max(2, String(group.count).length);
    const config = configOf(group, "", path, issues);
    checkLength(`${group.group}-${group.count.toString().padStart(digits, "0")}`, group.group, [...path, "group"], issues);
    for (let i = 1; i <= group.count; i++) guests.push({ ...config, name: `${group.group}-${String(i).padStart(digits, "0")}` });
  }
  return guests;
}

/** A VM's name is a token on the bus. `name`: the longest of its group. */
export function checkLength(name: string, group: string, path: Path, issues: Issue[]): void {
  if (name.length <= NAME_LENGTH) return;
  const most = group.length - (name.length - NAME_LENGTH);
  const room = most > 0 ? `so here at most ${most} for the group` : "and no group is short enough for that";
  const text = `${shown(group)} makes a VM's name ${name.length} characters long; allowed: ${NAME_LENGTH}, ${room}`;
  issues.push({ path, message: text });
}

/** One VM of a group or of a trace. `path`: where the group is written. */
export function configOf(group: Group, name: string, path: Path, issues: Issue[]): GuestConfig {
  const minimumPages = group.minimum ?? Math.ceil(group.memory / 4);
  checkMemory(group, path, issues);
  return {
    name,
    group: group.group,
    sizePages: group.memory,
    minimumPages: Math.min(minimumPages, group.memory),
    shares: group.shares ?? Math.ceil((group.memory * SHARES_PER_MIB) / PAGES_PER_MIB),
    kernelPages: group.kernel,
    swapPages: group.swap ?? group.memory,
    swappiness: group.swappiness,
    pageCluster: group.pageCluster,
    replacement: group.replacement,
    creditPages: group.credit,
    bootNs: group.boot,
    ...(group.minFree === undefined ? {} : { watermarks: watermarksOf(group.memory, group.minFree) }),
    compressible: group.compressible,
    driver: resolveDriver(group.driver),
    workload: resolveWorkload(group.workload, [...path, "workload"], issues),
  };
}

function resolveDriver({ kind, inflate, inflateUntouched, deflate, deflateOnOom, freePageReporting }: Group["driver"]): DriverConfig {
  const published = DRIVER_SPEEDS[kind];
  return {
    kind,
    inflatePagesPerS: inflate ?? published.inflatePagesPerS,
    inflateUntouchedPagesPerS: inflateUntouched ?? inflate ?? published.inflateUntouchedPagesPerS,
    deflatePagesPerS: deflate ?? published.deflatePagesPerS,
    // VMware's shrinker is off; Hyper-V's driver has none.
    deflateOnOom: deflateOnOom ?? (kind !== "vmware" && kind !== "hyperv"),
    freePageReporting,
  };
}

function checkMemory(group: Group, path: Path, issues: Issue[]): void {
  const memory = showSize(group.memory * PAGE_BYTES);
  const refuse = (key: string, message: string) => issues.push({ path: [...path, key], message });
  if (RESERVED_NAMES.has(group.group)) refuse("group", `${shown(group.group)} is the name of another actor; choose another`);
  if (group.minimum !== undefined && group.minimum > group.memory) {
    refuse("minimum", `${showSize(group.minimum * PAGE_BYTES)} is above the VM's memory; allowed: at most ${memory}`);
  }
  const { half, quarter } = group.compressible;
  if (half + quarter > 1) refuse("compressible", `half and quarter are shares of the same pages; allowed: at most 1 together`);
  // The high watermark is 1.5 times as much.
  if (group.minFree !== undefined && group.minFree > group.memory / 4) {
    refuse("minFree", `${showSize(group.minFree * PAGE_BYTES)} is too much of the VM's ${memory}; allowed: at most a quarter of it`);
  }
  // Half of the memory is left to what the VM is for.
  if (group.kernel + group.credit > group.memory / 2) {
    const both = showSize((group.kernel + group.credit) * PAGE_BYTES);
    refuse("kernel", `kernel and credit take ${both} of the VM's ${memory}; allowed: at most half of it`);
  }
}

function resolveWorkload(workload: WorkloadFile, path: Path, issues: Issue[]): WorkloadConfig {
  const names = Object.keys(workload.regions);
  if (names.length < 1 || names.length > MAX_REGIONS) {
    issues.push({ path: [...path, "regions"], message: `has ${names.length} regions; allowed: 1 to ${MAX_REGIONS}` });
  }
  for (const name of names) {
    if (!NAME.test(name)) {
      issues.push({
        path: [...path, "regions", name],
        message: `${shown(name)} is not a name; allowed: letters, digits, "-" and "_", at most 63`,
        atKey: true,
      });
    }
  }
  return {
    threads: workload.threads,
    thinkNs: workload.think,
    touches: workload.touches,
    restartNs: workload.restart,
    regions: names.map((name) => resolveRegion(name, workload.regions[name] as WorkloadFile["regions"][string])),
    phases: resolvePhases(workload, [...path, "phases"], issues),
  };
}

function resolveRegion(name: string, region: WorkloadFile["regions"][string]): RegionConfig {
  const { kind, size, law, writes, weight, own, contents } = region;
  const threads = own === undefined ? {} : { own: { threads: own.threads, thinkNs: own.think, paced: own.paced } };
  return { name, kind, pages: size, law, writes, weight, ...threads, ...(contents === undefined ? {} : { contents }) };
}
