/** A comparison as text: figures down, policies across. */
import { formatShare } from "../../services/monitor/format.ts";
import { table } from "../../services/monitor/summary-table.ts";
import type { Comparison, PolicyFigures } from "./comparison.ts";
import { FIGURES, type Figure } from "./figures.ts";
import type { Estimate } from "./interval.ts";

const WIDTH = 118;

/** "1.31 ±0.02"; "-" where nothing was measured, and "1.31 ±0.02 (n = 2)" where not all of the `runs` had a value. */
export function shownEstimate({ show }: Figure, { mean, plusMinus, n }: Estimate, runs: number): string {
  if (mean === null) return "-";
  const shown = plusMinus === null || plusMinus === 0 ? show(mean) : `${show(mean)} ±${show(plusMinus)}`;
  return n < runs ? `${shown} (n = ${n})` : shown;
}

/** Figures that say something in this comparison; the others are zero, or unknown, under every policy. */
export function toldFigures({ policies }: Comparison): readonly Figure[] {
  const always = (id: string): boolean => /^(slowdown|fairness|balloon)/.test(id);
  return FIGURES.filter(({ id }) => always(id) || policies.some(({ figures }) => (figures[id]?.mean ?? 0) !== 0));
}

export function comparisonLines(comparison: Comparison): string[] {
  const { scenario, seeds, policies, vary } = comparison;
  const n = seeds.length;
  const first = seeds[0] as number;
  const sample =
    n === 1
      ? `seed ${first}, n = 1: no interval`
      : `seeds ${first} to ${seeds[n - 1]}, n = ${n}, work varied by ${formatShare(vary)}: mean ± 95 % (Student's t)`;
  const lines = [`${scenario}: ${sample}`];
  for (const block of blocks(comparison, policies)) lines.push("", ...block);
  return lines;
}

/** One table where all policies fit beside each other, else several. */
function blocks(comparison: Comparison, policies: readonly PolicyFigures[]): string[][] {
  const rows = toldFigures(comparison);
  const runs = comparison.seeds.length;
  const lines = table([
    ["", ...policies.map(({ policy }) => policy)],
    ...rows.map((figure) => [figure.title, ...policies.map(({ figures }) => shownEstimate(figure, figures[figure.id] as Estimate, runs))]),
  ]);
  if (policies.length === 1 || lines.every((line) => line.length <= WIDTH)) return [lines];
  const half = Math.ceil(policies.length / 2);
  return [policies.slice(0, half), policies.slice(half)].flatMap((part) => blocks(comparison, part));
}
