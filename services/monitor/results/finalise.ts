/** Ends a run that was recorded in journals: replays them into tables, summary and report, and removes them. */
import { rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { AerostatError } from "../../../lib/errors.ts";
import { Aggregator } from "../aggregate/aggregator.ts";
import { closeRunFolder, type RunResult } from "./folder.ts";
import { journalsIn } from "./journal.ts";
import { type RunEnd, readManifest, readScenario } from "./manifest.ts";
import { Recording } from "./recording.ts";
import { replay } from "./replay.ts";
import type { TableOptions } from "./table.ts";

/** Some tens of milliseconds. */
const SLICE_RECORDS = 1_000;

/** True once the run in `folder` has its tables, summary and report. */
export function isFinalised(folder: string): boolean {
  return readManifest(folder).files.length > 0;
}

/**
 * May be called by any process once the monitor has closed its journal or is dead; after a crash in it, again. It takes its time in
 * slices: the conductor waits for a process for as long as its heart beats.
 */
export async function finaliseRun(folder: string, end: RunEnd, options: TableOptions = {}): Promise<RunResult> {
  const { id } = readManifest(folder);
  const journals = journalsIn(folder);
  if (journals.length === 0)
    throw new AerostatError("AERO_E_RESULTS", `${folder} has no journal to make results of: nothing was recorded, or they are made`);
  const scenario = readScenario(folder);
  const aggregator = new Aggregator(scenario);
  const recording = new Recording(folder, scenario, options);
  const messages = replay(folder, id);
  let next = messages.next();
  for (let taken = 1; !next.done; next = messages.next(), taken++) {
    if (taken % SLICE_RECORDS === 0) await setImmediate();
    if (aggregator.admit(next.value) < 0) continue;
    recording.add(next.value);
    aggregator.take(next.value);
  }
  const facts = next.value;
  const result = closeRunFolder(folder, aggregator, recording, end, facts);
  for (const path of journals) rmSync(path);
  return result;
}
