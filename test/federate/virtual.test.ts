import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import type { Broker } from "../../lib/bus/server.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { startBroker } from "../broker.ts";
import { allFaults } from "./faults.ts";
import { play } from "./harness.ts";

const S = 1e9;
const scenario = toyScenario(5, 30 * S, allFaults);

let broker: Broker;
let expected: string;
beforeAll(async () => {
  broker = await startBroker();
  expected = (await runLocalVirtual({ scenario, cast: toyCast(scenario) })).digest;
});
afterAll(() => broker.stop());

describe("virtual time over NATS gives the digest of one process", () => {
  it("with one process per actor", async () => {
    const { result, ends } = await play({ scenario, run: "each", nats: { url: broker.url } });
    expect(result).toMatchObject({ complete: true, digest: expected });
    expect(result.windows).toBeGreaterThan(300);
    expect(ends.every((end) => end.status === "fulfilled")).toBe(true);
  });

  it("with several guests per process", async () => {
    const { result } = await play({ scenario, run: "two", nats: { url: broker.url }, guestsPerProcess: 2 });
    expect(result).toMatchObject({ complete: true, digest: expected });
  });

  it("with the server killed and restarted in mid-run", async () => {
    const own = await startBroker();
    let restarts = 0;
    let restarting: Promise<void> | undefined;
    const { result } = await play({
      scenario,
      run: "restart",
      nats: { url: own.url },
      conduct: {
        onProgress: ({ phase, nowNs }) => {
          if (phase !== "running" || nowNs < restarts * 8 * S + 2 * S || restarts >= 2) return;
          restarts++;
          restarting = own.restart(50);
        },
      },
    });
    await restarting;
    await own.stop();
    expect(restarts).toBe(2);
    expect(result).toMatchObject({ complete: true, digest: expected });
  });
});
