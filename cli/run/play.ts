/** One run, whatever bus and clock it is on: what it needs and what it leaves. */
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { RunResult } from "../../services/monitor/results/folder.ts";
import type { ScenarioOptions } from "../loading.ts";

/** How far a run is. */
export interface Progress {
  readonly nowNs: number;
  readonly endNs: number;
  /** Absent where the processes keep it to themselves. */
  readonly eventsRun?: number;
  /** The scenario has been played: what is waited for. */
  readonly finishing?: string;
}

export interface Play {
  readonly scenario: Scenario;
  readonly clock: "virtual" | "wall";
  readonly bus: "memory" | "nats";
  /** Folder that gets the run's own folder. */
  readonly out: string;
  readonly guestsPerProcess: number;
  /** Repeats the run. */
  readonly command: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Played {
  readonly result: RunResult;
  readonly eventsRun: number;
  readonly wallS: number;
  /** What ended the run early; absent: its end, or the user. */
  readonly error?: unknown;
}

interface Written extends ScenarioOptions {
  readonly bus: string;
  readonly clock: string;
  readonly guestsPerProcess?: number;
}

/** The words of the command that repeats a run. Seed and speed are always named: the scenario's may change. */
export function commandOf(file: string, options: Written, scenario: Scenario): string[] {
  const words = ["npx", "aerostat", "run", file, "--seed", String(scenario.seed)];
  if (options.bus !== "memory") words.push("--bus", options.bus);
  if (options.clock !== "virtual") words.push("--clock", options.clock, "--speed", String(scenario.speed));
  if (options.bus !== "memory" && (options.guestsPerProcess ?? 1) > 1) words.push("--guests-per-process", String(options.guestsPerProcess));
  for (const set of options.set) words.push("--set", set);
  return words;
}
