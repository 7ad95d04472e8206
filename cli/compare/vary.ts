/**
 * What differs between the seeds of a comparison: sizes and speed of each VM's work, and when each group's phases begin, within
 * a share. The model itself draws little: without this, runs of two seeds would be as good as equal. A seed is the same work under
 * every policy.
 */
import { Random } from "../../lib/engine/random.ts";
import type { GuestConfig, PhaseConfig, RegionChange, RegionConfig, Scenario, WorkloadConfig } from "../../lib/scenario/scenario.ts";

interface Factors {
  readonly size: number;
  readonly think: number;
  readonly time: number;
}

/** The scenario with its work varied by at most `share` either way; 0 leaves it as it is. */
export function varied(scenario: Scenario, share: number): Scenario {
  if (share === 0) return scenario;
  const factor = (who: string, what: string): number => 1 + share * (2 * new Random(scenario.seed, who, `vary ${what}`).uniform() - 1);
  const guests = scenario.guests.map((guest): GuestConfig => {
    const { name, group, workload } = guest;
    const factors = { size: factor(name, "size"), think: factor(name, "think"), time: factor(group, "time") };
    return { ...guest, workload: variedWorkload(workload, factors) };
  });
  return { ...scenario, guests };
}

const scaled = (value: number, factor: number): number => Math.max(1, Math.round(value * factor));

function variedWorkload(workload: WorkloadConfig, factors: Factors): WorkloadConfig {
  const { size, think, time } = factors;
  const { series } = workload;
  return {
    ...workload,
    thinkNs: scaled(workload.thinkNs, think),
    regions: workload.regions.map((region) => variedRegion(region, factors)),
    phases: workload.phases.map((phase) => variedPhase(phase, factors)),
    ...(series === undefined
      ? {}
      : {
          series: { ...series, intervalNs: scaled(series.intervalNs, time), pages: series.pages.map((pages) => scaled(pages, size)) },
        }),
  };
}

function variedRegion(region: RegionConfig, { size, think }: Factors): RegionConfig {
  const { own, pages } = region;
  const threads = own?.thinkNs === undefined ? {} : { own: { ...own, thinkNs: scaled(own.thinkNs, think) } };
  return { ...region, pages: scaled(pages, size), ...threads };
}

function variedPhase(phase: PhaseConfig, { size, think, time }: Factors): PhaseConfig {
  const { atNs, thinkNs, regions } = phase;
  return {
    ...phase,
    atNs: Math.round(atNs * time),
    ...(thinkNs === undefined ? {} : { thinkNs: scaled(thinkNs, think) }),
    ...(regions === undefined
      ? {}
      : { regions: Object.fromEntries(Object.entries(regions).map(([name, change]) => [name, variedChange(change, size)])) }),
  };
}

function variedChange(change: RegionChange, size: number): RegionChange {
  return change.pages === undefined ? change : { ...change, pages: scaled(change.pages, size) };
}
