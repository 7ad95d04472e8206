/** What a process of journal.test.ts does until it is killed. */
import { setImmediate as turn } from "node:timers/promises";
import { JournalRecorder } from "../../services/monitor/results/journal.ts";
import { readManifest, readScenario } from "../../services/monitor/results/manifest.ts";
import { fakeTelemetry } from "./fake.ts";

/** Records the run of `folder` without end and says on stdout how many records are written. */
export async function recordUntilKilled(folder: string): Promise<void> {
  const recorder = new JournalRecorder(folder, readManifest(folder).id);
  let recorded = 0;
  for (const message of fakeTelemetry(readScenario(folder))) {
    recorder.record(message);
    recorded++;
    if (recorded % 7 !== 0) continue;
    // The recorder writes at the end of a turn: after two of them it has.
    await turn();
    await turn();
    process.stdout.write(`${recorded}\n`);
  }
}
