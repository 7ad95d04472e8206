/** manifest.json: what was run, how, whether it is whole, and the command that repeats it. */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { AerostatError } from "../../../lib/errors.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { TableFile } from "./table.ts";

/** What the caller knows of a run when it starts. */
export interface RunFacts {
  readonly version: string;
  readonly clock: "virtual" | "wall";
  readonly bus: "memory" | "nats";
  /** The command that repeats the run, as its words. */
  readonly command: readonly string[];
}

/** How a run ended. */
export interface RunEnd {
  readonly complete: boolean;
  /** Why it is not complete; "" where it is. */
  readonly reason: string;
  /** Model time at which it ended. */
  readonly endNs: number;
  /** The run's digest; "" on the wall clock. */
  readonly digest: string;
}

/** What the journals of a run lost to a torn tail or to bad records. */
export interface JournalFacts {
  readonly files: number;
  readonly records: number;
  /** Whole records that no message could be made of. */
  readonly refused: number;
  readonly tornBytes: number;
}

export interface Manifest extends RunFacts, RunEnd {
  /** Version of the folder's layout. */
  readonly format: 1;
  readonly id: string;
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number;
  /** Of the wall clock, ISO 8601; endedAt is "" while the run lasts. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly arch: string;
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryBytes: number;
  };
  /** Parquet files with their rows; empty while the run lasts. */
  readonly files: readonly TableFile[];
  /** Null where rows went straight into tables. */
  readonly journals: JournalFacts | null;
}

export function newManifest(id: string, scenario: Scenario, facts: RunFacts, startedAt: string): Manifest {
  return {
    format: 1,
    id,
    scenario: scenario.name,
    seed: scenario.seed,
    speed: scenario.speed,
    version: facts.version,
    clock: facts.clock,
    bus: facts.bus,
    command: facts.command,
    complete: false,
    reason: "running",
    endNs: 0,
    digest: "",
    startedAt,
    endedAt: "",
    machine: {
      node: process.version,
      platform: platform(),
      arch: arch(),
      cpu: cpus()[0]?.model.trim() ?? "",
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
    },
    files: [],
    journals: null,
  };
}

export function writeManifest(folder: string, manifest: Manifest): void {
  writeWhole(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Of a run whose results can not be written. On a full disk in the place of what stands there; where that fails, it stays as it is. */
export function endManifest(folder: string, end: RunEnd, now = new Date()): void {
  const manifest: Manifest = { ...readManifest(folder), ...end, complete: false, digest: "", endedAt: now.toISOString() };
  try {
    writeManifest(folder, manifest);
  } catch {
    const file = openSync(join(folder, "manifest.json"), "r+");
    const length = writeSync(file, `${JSON.stringify(manifest, null, 2)}\n`, 0);
    ftruncateSync(file, length);
    closeSync(file);
    rmSync(join(folder, "manifest.json.partial"), { force: true, recursive: true });
  }
}

export function readManifest(folder: string): Manifest {
  return readJson<Manifest>(folder, "manifest.json");
}

/** The resolved scenario that the run folder holds. */
export function readScenario(folder: string): Scenario {
  return readJson<Scenario>(folder, "scenario.json");
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(`${path}.partial`, text);
    renameSync(`${path}.partial`, path);
  } catch (cause) {
    throw new AerostatError("AERO_E_RESULTS", `${path} can not be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readJson<T>(folder: string, file: string): T {
  const path = join(folder, file);
  if (!existsSync(path)) throw new AerostatError("AERO_E_RESULTS", `${folder} is not the folder of a run: it has no ${file}`);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (cause) {
    throw new AerostatError("AERO_E_RESULTS", `${path} can not be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
