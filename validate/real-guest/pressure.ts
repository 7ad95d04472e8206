/** Memory pressure of an experiment: shares of time in `some` and `full` (PSI) over each level's window. Nothing was fitted to them. */
import type { GuestSample } from "../../lib/wire/messages.ts";
import { absolute, type Row } from "../row.ts";
import type { Experiment, Level } from "./experiment.ts";
import type { Replayed } from "./replay.ts";

/** Of the time. */
const TOLERANCE = 0.1;

/** Levels at rest, which swapped nothing in and stalled for nothing, say nothing. */
export function pressureRows({ name, levels }: Experiment, replayed: Replayed, fitted: boolean): Row[] {
  return levels.flatMap((level, place) => {
    if (level.psiSome === 0 && level.swapInPerS === 0) return [];
    const row = (what: string, reference: number, of: (body: Readonly<GuestSample>) => number): Row => {
      const id = `real-guest/${name}/${place}-${level.label}/psi-${what}`;
      const ours = shareOf(replayed, level, of);
      return absolute({ id, reference, ours, tolerance: TOLERANCE, unit: "", source: `measured: ${name}`, fitted });
    };
    return [row("some", level.psiSome, (body) => body.psiSomeNs), row("full", level.psiFull, (body) => body.psiFullNs)];
  });
}

function shareOf(replayed: Replayed, { windowFromS, toS }: Level, of: (body: Readonly<GuestSample>) => number): number {
  const allNs = replayed.sum((body) => body.intervalNs, windowFromS, toS);
  return replayed.sum(of, windowFromS, toS) / allNs;
}
