/** `aerostat run SCENARIO`: runs a scenario, records it, and prints its figures. */
import { AerostatError, EXIT_INTERRUPTED } from "../../lib/errors.ts";
import type { TraceFacts } from "../../lib/scenario/trace/facts.ts";
import { shellLine } from "../../lib/shell.ts";
import type { RunResult } from "../../services/monitor/results/folder.ts";
import { EXIT_FAILED, invariantOf } from "../fail.ts";
import { onInterrupt } from "../interrupt.ts";
import { type Io, writeJson } from "../io.ts";
import { loadChecked, type ScenarioOptions } from "../loading.ts";
import { ProgressLine } from "../progress.ts";
import { playLocal } from "../run/local.ts";
import { commandOf, type Play, type Played } from "../run/play.ts";
import { summaryLines } from "../terminal/summary.ts";
import { traceLines } from "./trace.ts";

export interface RunOptions extends ScenarioOptions {
  readonly bus: "memory" | "nats";
  readonly clock: "virtual" | "wall";
  readonly guestsPerProcess: number;
  readonly out: string;
  readonly json?: boolean;
}

export async function runCommand(file: string, options: RunOptions, io: Io): Promise<number> {
  const { scenario, traceFacts } = await loadChecked(file, options, io);
  for (const note of idleOptions(options)) io.stderr.write(`note: ${note}\n`);
  const progress = new ProgressLine(io.stderr);
  const interrupt = onInterrupt(io);
  const play: Play = {
    scenario,
    clock: options.clock,
    bus: options.bus,
    out: options.out,
    guestsPerProcess: options.guestsPerProcess,
    command: commandOf(file, options, scenario),
    signal: interrupt.signal,
    onProgress: (now) => progress.update(now),
  };
  let played: Played;
  try {
    played = options.bus === "memory" ? await playLocal(play) : await (await import("../run/nats.ts")).playNats(play, io);
  } finally {
    progress.clear();
    interrupt.release();
  }
  report(played, traceFacts, options, io);
  if (played.error !== undefined) return failed(played, play, io);
  return played.result.manifest.complete ? 0 : EXIT_INTERRUPTED;
}

/** Options that are right, and have no effect beside the others. */
function idleOptions({ bus, clock, speed, guestsPerProcess }: RunOptions): string[] {
  const notes: string[] = [];
  if (bus === "memory" && guestsPerProcess > 1) {
    notes.push(`--guests-per-process ${guestsPerProcess} has no effect: without --bus nats one process plays all`);
  }
  if (clock === "virtual" && speed !== undefined) {
    notes.push(`--speed ${speed} has no effect: without --clock wall a run goes as fast as it can`);
  }
  return notes;
}

function report(played: Played, traceFacts: TraceFacts | undefined, options: RunOptions, io: Io): void {
  const { result } = played;
  if (options.json) {
    writeJson(io, jsonOf(played, traceFacts));
    return;
  }
  const { manifest, summary } = result;
  const lines = [
    ...section(summaryLines(summary, io.stdout.isTTY && !io.env.NO_COLOR)),
    ...section(traceFacts === undefined ? [] : ["the trace itself:", ...traceLines(traceFacts)]),
    ...(manifest.digest === "" ? [] : [`digest  ${manifest.digest}`]),
    ...(manifest.complete ? [] : [`incomplete: ${manifest.reason}`]),
    `report  ${result.reportPath}`,
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
}

/** Lines with a blank one after them, or nothing. */
function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ""];
}

function jsonOf({ result, eventsRun, wallS, error }: Played, traceFacts: TraceFacts | undefined): Record<string, unknown> {
  const { manifest, summary } = result;
  return {
    run: manifest.id,
    scenario: manifest.scenario,
    seed: manifest.seed,
    clock: manifest.clock,
    bus: manifest.bus,
    complete: manifest.complete,
    ...(manifest.complete ? {} : { reason: manifest.reason }),
    ...(error === undefined ? {} : { error: errorOf(error) }),
    digest: manifest.digest,
    endNs: manifest.endNs,
    eventsRun,
    wallS,
    paths: pathsOf(result),
    ...(traceFacts === undefined ? {} : { trace: traceFacts }),
    summary,
  };
}

function errorOf(error: unknown): Record<string, unknown> {
  const code = error instanceof AerostatError ? error.code : "AERO_E_ACTOR";
  return { code, message: error instanceof Error ? error.message : String(error), ...invariantOf(error) };
}

function pathsOf({ folder, reportPath, manifest }: RunResult): Record<string, unknown> {
  return { folder, report: reportPath, files: manifest.files.map((file) => file.file) };
}

/** The run's error, and how to see it again. The message names invariant, actor and time. */
function failed({ error, result }: Played, { command }: Play, io: Io): number {
  const code = error instanceof AerostatError ? `${error.code}: ` : "";
  io.stderr.write(`aerostat: ${code}${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof AerostatError) && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  io.stderr.write(`what was recorded until then: ${result.folder}\nto repeat it: ${shellLine(command)}\n`);
  return error instanceof AerostatError ? error.exitCode : EXIT_FAILED;
}
