/** The conductor's process before it conducts. */
import { expect, test } from "vitest";
import { toyScenario } from "../../bench/toy.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { quiet, VERSION } from "../federate/harness.ts";

test("who is told to stop while it waits for a server stops at once, as one that was interrupted", async () => {
  const stop = new AbortController();
  const options = { scenario: toyScenario(1, 1e9), run: "r", version: VERSION, virtual: true, log: quiet, signal: stop.signal };
  const conducting = runConductor({ ...options, nats: { url: "nats://127.0.0.1:9" } });
  setTimeout(() => stop.abort(), 300);
  expect(await conducting).toMatchObject({ complete: false, reason: "it was interrupted", digest: "" });
}, 5_000);
