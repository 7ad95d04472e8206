/** A run with real processes over NATS, on either clock. */
import { performance } from "node:perf_hooks";
import { isFinishing } from "../../lib/federate/conduct.ts";
import { askLine } from "../bus.ts";
import { playLab } from "../demo/lab.ts";
import type { Io } from "../io.ts";
import { finishingText } from "../progress.ts";
import type { Play, Played } from "./play.ts";

export async function playNats(play: Play, io: Io): Promise<Played> {
  const { scenario, out, command, signal, guestsPerProcess } = play;
  const beganMs = performance.now();
  const { result, eventsRun, error } = await playLab({
    scenario,
    speed: scenario.speed,
    virtual: play.clock === "virtual",
    guestsPerProcess,
    out,
    command,
    signal,
    onStarted: (where) => io.stderr.write(`page    ${where.pageUrl}\n${askLine(where)}\n`),
    onProgress: (now) => {
      const { nowNs, endNs, waitingFor } = now;
      play.onProgress({ nowNs, endNs, ...(isFinishing(now) ? { finishing: finishingText(waitingFor) } : {}) });
    },
    onNotice: (text) => io.stderr.write(`note: ${text}\n`),
  });
  const wallS = (performance.now() - beganMs) / 1000;
  return { result, eventsRun, wallS, ...(error === undefined ? {} : { error }) };
}
