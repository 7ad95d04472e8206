/** A workload's phases, with those of its series written out: one phase per change. */
import type { SeriesConfig } from "./recording.ts";
import type { PhaseConfig, WorkloadConfig } from "./scenario.ts";

/** Name of the phases that come from a series. */
export const SERIES_PHASE = "trace";

/** In order of time, at most one phase at a time. The guest calls it when it is built. */
export function phasesOf(workload: WorkloadConfig): readonly PhaseConfig[] {
  const { series, phases } = workload;
  if (series === undefined) return phases;
  const merged: PhaseConfig[] = [];
  let next = 0;
  for (const phase of expand(series, workload.thinkNs)) {
    for (; next < phases.length && (phases[next] as PhaseConfig).atNs < phase.atNs; next++) merged.push(phases[next] as PhaseConfig);
    const written = phases[next];
    if (written !== undefined && written.atNs === phase.atNs) {
      merged.push({ ...phase, ...written, regions: { ...phase.regions, ...written.regions } });
      next++;
    } else merged.push(phase);
  }
  merged.push(...phases.slice(next));
  return merged;
}

function expand(series: SeriesConfig, thinkNs: number): PhaseConfig[] {
  const phases: PhaseConfig[] = [];
  let pages = -1;
  let busy = -1;
  for (let i = 0; i < series.pages.length; i++) {
    const newPages = series.pages[i] as number;
    const newBusy = series.busyPercent?.[i] ?? 100;
    if (newPages === pages && newBusy === busy) continue;
    phases.push({
      atNs: i * series.intervalNs,
      name: SERIES_PHASE,
      ...(newBusy === busy ? {} : { thinkNs: Math.round((thinkNs * 100) / newBusy) }),
      ...(newPages === pages ? {} : { regions: { [series.region]: { pages: newPages } } }),
    });
    pages = newPages;
    busy = newBusy;
  }
  return phases;
}
