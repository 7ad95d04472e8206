/** Run folders for the monitor's tests, removed after each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { createRunFolder, newRunId } from "../../services/monitor/results/folder.ts";
import type { RunEnd, RunFacts } from "../../services/monitor/results/manifest.ts";

export const FACTS: RunFacts = {
  version: "0.1.0",
  clock: "virtual",
  bus: "memory",
  command: ["npx", "aerostat", "run", "fake.yaml", "--seed", "7"],
};

export const WHOLE: RunEnd = { complete: true, reason: "", endNs: 120e9, digest: "0123456789abcdef" };

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "aerostat-monitor-"));
  made.push(folder);
  return folder;
}

export function runFolder(scenario: Scenario): string {
  return createRunFolder(emptyFolder(), newRunId(scenario.name), scenario, FACTS);
}
