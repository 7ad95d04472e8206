/**
 * Random cases are the same in each run, on each machine: what a change breaks is what it is red for. Others are asked for with
 * AEROSTAT_SEED. A property that fails says how to repeat it.
 */
import { relative } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { root } from "../scripts/common.mjs";

const seed = Number(process.env.AEROSTAT_SEED ?? 1);
if (!Number.isInteger(seed)) throw new Error(`AEROSTAT_SEED is ${process.env.AEROSTAT_SEED}: a seed is an integer`);

/** Of the environment: what decides which cases are tried. */
function settings(): string {
  const cases = process.env.AEROSTAT_CASES;
  return `${cases === undefined ? "" : `AEROSTAT_CASES=${cases} `}AEROSTAT_SEED=${seed}`;
}

fc.configureGlobal({
  seed,
  reporter: (details) => {
    if (!details.failed) return;
    const { currentTestName, testPath } = expect.getState();
    const file = relative(root, testPath ?? "");
    const repeat = `${settings()} npm test -- ${file} -t ${JSON.stringify(currentTestName ?? "")}`;
    throw new Error(`${fc.defaultReportMessage(details)}\nRepeat it: ${repeat}`, { cause: details.errorInstance });
  },
});
