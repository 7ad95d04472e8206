/**
 * From the file format to the Scenario that the actors get: groups become VMs, presets become figures, and what fits
 * no single field is checked here, with the path of the field to blame.
 */
import { pagesOf } from "../units.ts";
import { checkFile } from "./check.ts";
import type { CompressionConfig } from "./compression.ts";
import { DISK_PRESETS } from "./diskpresets.ts";
import { resolveFaults } from "./fault.ts";
import type { Issue } from "./issue.ts";
import { checkLength, configOf, resolveGroups } from "./resolve/guests.ts";
import type { DiskConfig, GuestConfig, HostConfig, Scenario } from "./scenario.ts";
import { meant } from "./schema/field.ts";
import type { HostFile } from "./schema/host.ts";
import { shown } from "./schema/units.ts";
import type { ScenarioFile } from "./schema.ts";
import type { TraceGuest } from "./trace/guests.ts";

export interface Resolution {
  readonly scenario: Scenario;
  readonly issues: readonly Issue[];
  /** What is allowed but worth saying: nothing to correct. */
  readonly notes: readonly string[];
}

/** `traced`: the VMs of the scenario's trace, where it has one. */
export function resolve(file: ScenarioFile, traced: readonly TraceGuest[]): Resolution {
  const issues: Issue[] = [];
  const guests = [...resolveGroups(file.guests ?? [], issues), ...tracedGuests(file, traced, issues)];
  const host = resolveHost(file.host, guests, issues);
  const names = new Set([host.name, "monitor", ...guests.map((guest) => guest.name)]);
  const faults = resolveFaults(file.faults, { host: host.name, names }, issues);
  const scenario: Scenario = {
    name: file.name,
    description: file.description,
    seed: file.seed,
    durationNs: file.duration,
    speed: file.speed,
    stepNs: file.step,
    sampleNs: file.sample,
    network: { latencyNs: file.network.latency, jitterNs: file.network.jitter },
    host,
    guests,
    faults: faults.filter((fault) => fault.atNs < file.duration),
    convergenceNs: file.convergence,
  };
  const notes = checkFile(file, scenario, issues);
  if (scenario.faults.length < faults.length) {
    notes.push(`${faults.length - scenario.faults.length} of ${faults.length} faults begin after the end of the run and do not happen`);
  }
  return { scenario, issues, notes };
}

function tracedGuests(file: ScenarioFile, traced: readonly TraceGuest[], issues: Issue[]): GuestConfig[] {
  const { trace } = file;
  if (trace === undefined) return [];
  const template = trace.guest;
  if (!Object.hasOwn(template.workload.regions, trace.region)) {
    const known = Object.keys(template.workload.regions);
    issues.push({
      path: ["trace", "region"],
      message: `the template has no region ${shown(trace.region)}${meant(trace.region, known)}; allowed: ${known.join(", ")}`,
    });
    return [];
  }
  const longest = traced.reduce((most, { vm }) => (vm.length > most.length ? vm : most), "");
  checkLength(`${trace.group}-${longest}`, trace.group, ["trace", "group"], issues);
  return traced.map((guest) => {
    const config = configOf(
      { ...template, group: trace.group, memory: guest.sizePages },
      `${trace.group}-${guest.vm}`,
      ["trace", "guest"],
      issues,
    );
    return { ...config, workload: { ...config.workload, series: guest.series } };
  });
}

function resolveHost(host: HostFile, guests: readonly GuestConfig[], issues: Issue[]): HostConfig {
  const promisedPages = guests.reduce((sum, guest) => sum + guest.sizePages, 0);
  return {
    name: host.name,
    memoryPages: host.memory,
    reservedPages: host.reserved,
    overheadPagesPerVm: host.overhead,
    swapPages: host.swap ?? Math.min(promisedPages, pagesOf(15 * 2 ** 40)),
    leaseNs: host.lease,
    statisticsNs: host.statistics,
    hostSwap: host.hostSwap,
    hostSwapVictims: host.hostSwapVictims,
    shareScanPagesPerS: host.shareScan,
    compression: resolveCompression(host.compression),
    states: host.states,
    disk: resolveDisk(host.disk, issues),
    policy: { name: host.policy.name, options: host.policy.options },
  };
}

function resolveCompression({ on, share, decompress }: HostFile["compression"]): CompressionConfig {
  return { ...(on === undefined ? {} : { on }), share, decompressNs: decompress };
}

function resolveDisk(disk: HostFile["disk"], issues: Issue[]): DiskConfig {
  const presets: Readonly<Record<string, DiskConfig>> = DISK_PRESETS;
  const names = Object.keys(presets);
  const preset = Object.hasOwn(presets, disk.preset) ? presets[disk.preset] : undefined;
  if (preset === undefined) {
    issues.push({
      path: ["host", "disk", "preset"],
      message: `${shown(disk.preset)} is not known${meant(disk.preset, names)}; allowed: ${names.join(", ")}`,
    });
  }
  const base = preset ?? (presets[names[0] as string] as DiskConfig);
  return {
    channels: disk.channels ?? base.channels,
    service: {
      randomReadNs: disk.randomRead ?? base.service.randomReadNs,
      clusteredReadNs: disk.clusteredRead ?? base.service.clusteredReadNs,
      transferNs: disk.transfer ?? base.service.transferNs,
      clusteredWriteNs: disk.clusteredWrite ?? base.service.clusteredWriteNs,
    },
    variation: disk.variation ?? base.variation,
    queueing: disk.queueing ?? base.queueing ?? "shared",
    stripes: disk.stripes ?? base.stripes ?? 1,
    pagesPerClusteredWrite: disk.pagesPerClusteredWrite ?? base.pagesPerClusteredWrite,
  };
}
