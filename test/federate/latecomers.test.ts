/** Guests that come after the run has begun, and guests that go before it ends: `docker compose up --scale guest=N`. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import type { Broker } from "../../lib/bus/server.ts";
import type { RunEnd } from "../../lib/federate/company.ts";
import type { ConductProgress } from "../../lib/federate/conduct.ts";
import type { FederateOptions } from "../../lib/federate/federate.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { startBroker } from "../broker.ts";
import { federate, quiet, VERSION } from "./harness.ts";

const S = 1e9;

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("a run begins with some of its guests; others join it, and nobody waits at the end for those that have left", async () => {
  const scenario = toyScenario(4, 6 * S);
  const plan = { scenario, run: "late", nats: { url: broker.url }, virtual: false };
  const seen: ConductProgress[] = [];
  const leaves = new AbortController();
  const beganMs = performance.now();
  const result = runConductor({
    ...plan,
    version: VERSION,
    speed: 1,
    log: quiet,
    leastGuests: 2,
    expiryMs: 1500,
    onProgress: (progress) => seen.push(progress),
  });
  const ends = [
    federate(plan, "hypervisor"),
    federate(plan, "monitor"),
    federate(plan, "guest"),
    federate(plan, "guest", { signal: leaves.signal }),
  ];
  while (seen.at(-1)?.phase !== "running") await later(20);
  expect(seen.at(-1)).toMatchObject({ present: 4, actors: 6 });
  ends.push(federate(plan, "guest"));
  while (seen.at(-1)?.present !== 5) await later(20);
  leaves.abort();
  while (seen.at(-1)?.present !== 4) await later(20);
  expect(await result).toMatchObject({ complete: true });
  await Promise.all(ends);
  // A process that is waited for at the end may take a minute.
  expect(performance.now() - beganMs).toBeLessThan(30_000);
});

it("all stopped at once: nobody is waited for, and what was recorded is written", async () => {
  const scenario = toyScenario(3, 60 * S);
  const plan = { scenario, run: "stopped", nats: { url: broker.url }, virtual: false };
  const stop = new AbortController();
  const { signal } = stop;
  let playedNs = 0;
  const onProgress = ({ phase, nowNs }: ConductProgress): void => {
    if (phase === "running") playedNs = nowNs;
  };
  const result = runConductor({ ...plan, version: VERSION, speed: 1, log: quiet, signal, onProgress });
  const written: RunEnd[] = [];
  const open: FederateOptions["open"] = ({ scenario: played }) => ({ cast: toyCast(played), finish: (end) => void written.push(end) });
  const ends = [federate(plan, "monitor", { signal, open, lingerMs: 5_000 }), federate(plan, "hypervisor", { signal })];
  ends.push(...scenario.guests.map(() => federate(plan, "guest", { signal })));
  const ended = Promise.allSettled(ends);
  // By then all have the connections that they open with their lease.
  while (playedNs < 2 * S) await later(20);
  const beganMs = performance.now();
  stop.abort();
  expect(await result).toMatchObject({ complete: false, reason: "it was interrupted" });
  // A process that is gone without a word is waited for 3 s.
  expect(performance.now() - beganMs).toBeLessThan(2_500);
  expect(written).toEqual([expect.objectContaining({ complete: false, reason: "it was interrupted" })]);
  expect((await ended).filter(({ status }) => status === "rejected")).toEqual([]);
});
