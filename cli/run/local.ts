/** A run in this process, with the in-memory bus, on either clock. */
import { performance } from "node:perf_hooks";
import { type LocalResult, runLocalVirtual, runLocalWall } from "../../lib/federate/local.ts";
import { openDirectRecorder } from "../../services/monitor/results/direct.ts";
import { createRunFolder, newRunId } from "../../services/monitor/results/folder.ts";
import { compose } from "../compose.ts";
import { version } from "../version.ts";
import type { Play, Played } from "./play.ts";

export async function playLocal(play: Play): Promise<Played> {
  const { scenario, clock, bus, out, command } = play;
  const folder = createRunFolder(out, newRunId(scenario.name), scenario, { version: version(), clock, bus, command });
  const recorder = openDirectRecorder(folder, scenario);
  const { cast, monitor } = compose(scenario, recorder);
  const beganMs = performance.now();
  let eventsRun = 0;
  let nowNs = 0;
  let ended: LocalResult | undefined;
  let error: unknown;
  try {
    const run = clock === "virtual" ? runLocalVirtual : runLocalWall;
    ended = await run({
      scenario,
      cast,
      signal: play.signal,
      onProgress: (progress) => {
        ({ eventsRun, nowNs } = progress);
        play.onProgress(progress);
      },
    });
  } catch (thrown) {
    error = thrown;
  }
  const complete = ended?.complete === true;
  const result = recorder.finish(monitor.aggregator, {
    complete,
    reason: complete ? "" : reasonOf(error),
    endNs: ended?.nowNs ?? nowNs,
    digest: complete ? (ended?.digest ?? "") : "",
  });
  const wallS = (performance.now() - beganMs) / 1000;
  return { result, eventsRun: ended?.eventsRun ?? eventsRun, wallS, ...(error === undefined ? {} : { error }) };
}

function reasonOf(error: unknown): string {
  if (error === undefined) return "stopped by the user";
  return error instanceof Error ? error.message : String(error);
}
