/** How far a run is: one line that rewrites itself on a terminal, a line now and then in a pipe. */
import { performance } from "node:perf_hooks";
import type { Out } from "./io.ts";
import type { Progress } from "./run/play.ts";

const TERMINAL_MS = 200;
const PIPE_MS = 5_000;

/** Names beyond these many are counted. */
const MOST_NAMES = 3;

/** While a run ends: whom it waits for. */
export function finishingText(waitingFor: readonly string[]): string {
  if (waitingFor.length === 0) return "finishing";
  const more = waitingFor.length - MOST_NAMES;
  return `finishing, waits for ${waitingFor.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export class ProgressLine {
  readonly #out: Out;
  readonly #beganMs = performance.now();
  #lastMs: number;
  #width = 0;

  constructor(out: Out) {
    this.#out = out;
    this.#lastMs = this.#beganMs;
  }

  update(progress: Progress): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < (this.#out.isTTY ? TERMINAL_MS : PIPE_MS)) return;
    this.#lastMs = nowMs;
    const line = progressText(progress, (nowMs - this.#beganMs) / 1000);
    if (!this.#out.isTTY) {
      this.#out.write(`${line}\n`);
      return;
    }
    this.#out.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  /** Leaves a terminal's line empty for what comes after. */
  clear(): void {
    if (this.#width > 0) this.#out.write(`\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

export function progressText({ nowNs, endNs, eventsRun, finishing }: Progress, wallS: number): string {
  const times = `${(nowNs / 1e9).toFixed(0)} of ${(endNs / 1e9).toFixed(0)} s`;
  if (finishing !== undefined) return `${times}, ${finishing}`;
  const share = endNs > 0 ? nowNs / endNs : 1;
  const events = eventsRun === undefined ? "" : `, ${eventsRun} events`;
  // Of the first moments nothing follows.
  const left = share > 0.02 ? `, ${Math.ceil((wallS * (1 - share)) / share)} s left` : "";
  return `${times}, ${Math.floor(share * 100)} %${events}${left}`;
}
