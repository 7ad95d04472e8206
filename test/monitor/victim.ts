/** Run as a process of its own and killed by journal.test.ts: records without end and says how many records are written. */
import { setImmediate as turn } from "node:timers/promises";
import { JournalRecorder } from "../../services/monitor/results/journal.ts";
import { readManifest, readScenario } from "../../services/monitor/results/manifest.ts";
import { fakeTelemetry } from "./fake.ts";

const folder = process.argv[2] as string;
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
