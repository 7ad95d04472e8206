/** A process whose company can not be opened leaves nothing behind. */
import { expect, test } from "vitest";
import { MemoryBroker, type MemoryBus } from "../../lib/bus/memory.ts";
import { AerostatError } from "../../lib/errors.ts";
import { type FederateOptions, runFederate } from "../../lib/federate/federate.ts";
import { conductOn } from "../../services/conductor/main.ts";
import { fakeScenario } from "../monitor/fake.ts";
import { quiet, VERSION } from "./harness.ts";

const shared = { run: "failing", nats: { url: "memory" }, version: VERSION, log: quiet };
const played = { ...shared, scenario: fakeScenario({ guests: 1 }), virtual: false, silentLimitMs: 1 };

test("its connections to the bus are closed", async () => {
  const stop = new AbortController();
  const broker = new MemoryBroker();
  const conducting = conductOn(broker.connect(), { ...played, signal: stop.signal });
  const connections: MemoryBus[] = [];
  const connect: FederateOptions["connect"] = () => {
    const bus = broker.connect();
    connections.push(bus);
    return Promise.resolve(bus);
  };
  const open = (): never => {
    throw new AerostatError("AERO_E_INPUT", "the port is taken");
  };
  await expect(runFederate({ ...shared, role: "monitor", connect, open })).rejects.toThrow("the port is taken");
  expect(connections.map(({ connected }) => connected)).toEqual([false, false]);
  stop.abort();
  await conducting;
});
