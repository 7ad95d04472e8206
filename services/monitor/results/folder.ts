/** The folder of one run, `runs/<id>/`: made at the start with manifest and scenario, closed with tables, summary and report. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeFolder } from "../../../lib/folder.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { Aggregator } from "../aggregate/aggregator.ts";
import { renderReport } from "../report/report.ts";
import { type Summary, summarise } from "../summary.ts";
import {
  endManifest,
  type JournalFacts,
  type Manifest,
  newManifest,
  type RunEnd,
  type RunFacts,
  readManifest,
  writeManifest,
  writeWhole,
} from "./manifest.ts";
import type { Recording } from "./recording.ts";

/** What a finished run left. */
export interface RunResult {
  readonly folder: string;
  readonly reportPath: string;
  readonly manifest: Manifest;
  readonly summary: Summary;
}

/** `<scenario>-<UTC time>-<random>`: sorts by time, and two runs started in the same second differ. */
export function newRunId(scenarioName: string, now = new Date()): string {
  const name =
    scenarioName
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 40) || "run";
  const time = now.toISOString().replace(/[-:]/g, "").slice(0, 15);
  return `${name}-${time}-${randomBytes(3).toString("hex")}`;
}

/** Makes `<runsFolder>/<id>` with manifest.json (incomplete: running) and scenario.json. Returns its path. */
export function createRunFolder(runsFolder: string, id: string, scenario: Scenario, facts: RunFacts, now = new Date()): string {
  const folder = join(runsFolder, id);
  makeFolder(folder, { fresh: true });
  writeWhole(join(folder, "scenario.json"), `${JSON.stringify(scenario, null, 2)}\n`);
  writeManifest(folder, newManifest(id, scenario, facts, now.toISOString()));
  return folder;
}

/** Writes what follows from the whole run: tables, summary.json, report.html, and last the manifest that says it is there. */
export function closeRunFolder(
  folder: string,
  aggregator: Aggregator,
  recording: Recording,
  end: RunEnd,
  journals: JournalFacts | null = null,
): RunResult {
  try {
    return written(folder, aggregator, recording, end, journals);
  } catch (error) {
    endUnwritten(folder, error instanceof Error ? error.message : String(error), end.endNs);
    throw error;
  }
}

/** The run is over without results: its manifest says why, if that can be written. */
export function endUnwritten(folder: string, reason: string, endNs: number): void {
  try {
    endManifest(folder, { complete: false, reason, endNs, digest: "" });
  } catch {
    // What kept the results from being written is what the user has to know.
  }
}

function written(folder: string, aggregator: Aggregator, recording: Recording, end: RunEnd, journals: JournalFacts | null): RunResult {
  const files = recording.finish();
  const summary = summarise(aggregator, end.endNs);
  recording.series.cover(summary.endNs);
  const manifest: Manifest = { ...readManifest(folder), ...end, endedAt: new Date().toISOString(), files, journals };
  writeWhole(join(folder, "summary.json"), `${JSON.stringify(summary, null, 1)}\n`);
  const reportPath = join(folder, "report.html");
  writeWhole(reportPath, renderReport(manifest, aggregator.scenario, summary, recording.series));
  writeManifest(folder, manifest);
  return { folder, reportPath, manifest, summary };
}
