/** The recorder of a run in one process: every message goes straight into the tables. */
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { Aggregator, TelemetryMessage } from "../aggregate/aggregator.ts";
import type { Recorder } from "../recorder.ts";
import { closeRunFolder, type RunResult } from "./folder.ts";
import type { RunEnd } from "./manifest.ts";
import { Recording } from "./recording.ts";
import type { TableOptions } from "./table.ts";

export class DirectRecorder implements Recorder {
  readonly #folder: string;
  readonly #recording: Recording;

  constructor(folder: string, recording: Recording) {
    this.#folder = folder;
    this.#recording = recording;
  }

  record(message: TelemetryMessage): void {
    this.#recording.add(message);
  }

  /** Ends the run's record, complete or not, with the aggregates of the monitor's factory. */
  finish(aggregator: Aggregator, end: RunEnd): RunResult {
    return closeRunFolder(this.#folder, aggregator, this.#recording, end);
  }
}

/** `folder`: made by createRunFolder. */
export function openDirectRecorder(folder: string, scenario: Scenario, options: TableOptions = {}): DirectRecorder {
  return new DirectRecorder(folder, new Recording(folder, scenario, options));
}
