/** Phases of a workload, resolved: a size that changes over a time becomes a row of phases. */
import type { Issue, Path } from "../issue.ts";
import type { PhaseConfig, RegionChange } from "../scenario.ts";
import { meant } from "../schema/field.ts";
import { shown, showTime } from "../schema/units.ts";
import type { WorkloadFile } from "../schema/workload.ts";

type PhaseFile = WorkloadFile["phases"][number];
type ChangeFile = PhaseFile["regions"][string];

/** A ramp is this many even steps. */
const RAMP_STEPS = 16;

export function resolvePhases(workload: WorkloadFile, path: Path, issues: Issue[]): PhaseConfig[] {
  const known = Object.keys(workload.regions);
  const sizes = new Map(known.map((name) => [name, (workload.regions[name] as { readonly size: number }).size]));
  let lastNs = -1;
  return workload.phases.flatMap((phase, index) => {
    if (phase.at <= lastNs) {
      const before = `the phase before, which lasts until ${showTime(lastNs)}`;
      const message = `${showTime(phase.at)} is not after ${before}; phases are in order of time`;
      issues.push({ path: [...path, index, "at"], message });
    }
    for (const name of Object.keys(phase.regions)) {
      if (known.includes(name)) continue;
      const message = `the workload has no region ${shown(name)}${meant(name, known)}; allowed: ${known.join(", ")}`;
      issues.push({ path: [...path, index, "regions", name], message, atKey: true });
    }
    for (const [name, { threads }] of Object.entries(phase.regions)) {
      if (threads === undefined || workload.regions[name]?.own !== undefined) continue;
      const message = `region ${shown(name)} has no threads of its own; allowed: threads where the region has \`own\``;
      issues.push({ path: [...path, index, "regions", name, "threads"], message });
    }
    const resolved = [resolvePhase(phase), ...ramp(phase, sizes)];
    lastNs = (resolved.at(-1) as PhaseConfig).atNs;
    for (const [name, { size }] of Object.entries(phase.regions)) if (size !== undefined) sizes.set(name, size);
    return resolved;
  });
}

function resolvePhase(phase: PhaseFile): PhaseConfig {
  const regions = Object.entries(phase.regions).map(([name, change]) => [name, resolveChange(change)] as const);
  return {
    atNs: phase.at,
    name: phase.name,
    ...(phase.threads === undefined ? {} : { threads: phase.threads }),
    ...(phase.think === undefined ? {} : { thinkNs: phase.think }),
    ...(phase.touches === undefined ? {} : { touches: phase.touches }),
    ...(regions.length === 0 ? {} : { regions: Object.fromEntries(regions) }),
  };
}

/** What changes at once. */
function resolveChange(change: ChangeFile): RegionChange {
  return {
    ...(change.size === undefined || change.over > 0 ? {} : { pages: change.size }),
    ...(change.weight === undefined ? {} : { weight: change.weight }),
    ...(change.writes === undefined ? {} : { writes: change.writes }),
    ...(change.threads === undefined ? {} : { threads: change.threads }),
    ...(change.shift === undefined ? {} : { shift: change.shift }),
  };
}

/** The steps of all the phase's ramps, merged where they fall together. `sizes`: of the regions before the phase. */
function ramp(phase: PhaseFile, sizes: ReadonlyMap<string, number>): PhaseConfig[] {
  const steps = new Map<number, Record<string, RegionChange>>();
  for (const [name, { size, over }] of Object.entries(phase.regions)) {
    const from = sizes.get(name);
    if (size === undefined || over === 0 || from === undefined) continue;
    for (let i = 1; i <= RAMP_STEPS; i++) {
      const atNs = phase.at + Math.round((over * i) / RAMP_STEPS);
      const regions = steps.get(atNs) ?? {};
      regions[name] = { pages: Math.round(from + ((size - from) * i) / RAMP_STEPS) };
      steps.set(atNs, regions);
    }
  }
  return [...steps].sort(([a], [b]) => a - b).map(([atNs, regions]) => ({ atNs, name: phase.name, regions }));
}
