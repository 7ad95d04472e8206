/** The search that chose the parameters: over the fitted half of the experiments alone, one parameter after the other. */
import type { Row } from "../row.ts";
import { compare } from "./compare.ts";
import { type Experiment, readExperiments } from "./experiment.ts";
import { PARAMETERS, type Parameters } from "./parameters.ts";
import { replayExperiment } from "./replay.ts";
import { fittedNames } from "./split.ts";

/** Values that are tried; wide enough for any emulator on any machine of today. */
const TRIED: Readonly<Record<keyof Parameters, readonly number[]>> = {
  accessNs: [700, 1_500, 3_000, 6_000, 10_000, 13_000, 16_000],
  fileAccessNs: [10_000, 14_000, 20_000, 28_000],
  faultCpuNs: [375_000, 425_000, 475_000, 525_000, 575_000],
  fileReadCpuNs: [150_000, 200_000, 250_000, 300_000, 350_000, 400_000, 450_000, 525_000],
  minorCpuNs: [PARAMETERS.minorCpuNs],
  deviceNs: [PARAMETERS.deviceNs],
  pagesPerWrite: [10, 20, 30, 40, 50],
  filePagesPerWrite: [1, 2, 4, 8, 30],
  scanCpuNs: [2_500, 3_500, 4_400, 5_500, 7_000, 8_500, 10_000],
  unmapCpuNs: [0, 50_000, 70_000, 85_000, 100_000],
  swapOutCpuNs: [0, 15_000, 50_000, 95_000, 125_000],
  inflateShare: [0.4, 0.55, 0.7, 0.85, 1],
  inflatePagesPerS: [60_000, 80_000, 89_600, 100_000],
  deflatePagesPerS: [120_000, 230_000, 280_000, 340_000, 450_000],
};
const ROUNDS = 2;
/** A row that is off by more than so many tolerances counts as off by so many: no row is to lead the search. */
const MOST = 3;

/** A gain of less is chance: each time of a move is that of one run. */
const LEAST_GAIN = 0.001;

/**
 * Mean of error over tolerance, over all rows of the experiments that have a tolerance. Parameters that miss a ratio of misses are out of
 * the question: the few ratios hang on whether kswapd can follow, and would be outvoted by the many times of moves.
 */
export function lossOf(experiments: readonly Experiment[], parameters: Parameters): number {
  const rows: Row[] = [];
  for (const experiment of experiments) {
    const its = compare(experiment, replayExperiment(experiment, parameters), true);
    if (its.some(({ id, met }) => id.endsWith("/miss") && !met)) return Number.POSITIVE_INFINITY;
    rows.push(...its);
  }
  const losses = rows
    .filter((row) => row.tolerance > 0)
    .map((row) => Math.min(MOST, (row.error ?? Number.POSITIVE_INFINITY) / row.tolerance));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** The best parameters found from the present ones on. `told` hears of each improvement. */
export function fitParameters(folder: string, told: (line: string) => void): Parameters {
  const all = readExperiments(folder);
  const fitted = fittedNames(all.map(({ name }) => name));
  const experiments = all.filter(({ name }) => fitted.has(name));
  let best = PARAMETERS;
  let least = lossOf(experiments, best);
  told(`${experiments.length} experiments, mean error ${least.toFixed(4)} tolerances`);
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(TRIED) as (keyof Parameters)[]) {
      for (const value of TRIED[name]) {
        const tried = { ...best, [name]: value };
        const loss = lossOf(experiments, tried);
        if (loss > least - LEAST_GAIN) continue;
        least = loss;
        best = tried;
        told(`  ${name} ${value}: ${loss.toFixed(4)}`);
      }
    }
  }
  return best;
}
