/** What can be injected into a run that has begun with a part of its VMs. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import type { Bus } from "../../lib/bus/port.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { runFederate } from "../../lib/federate/federate.ts";
import { decodeControl, encodeControl } from "../../lib/wire/frame.ts";
import { conductOn } from "../../services/conductor/main.ts";
import { quiet, VERSION } from "../federate/harness.ts";

const scenario = toyScenario(2, 600e9);
const [played, unplayed] = scenario.guests.map(({ name }) => name) as [string, string];
const shared = { run: "part", nats: { url: "memory" }, version: VERSION, log: quiet };
const subjects = new Subjects(shared.run);
let bus: Bus;
let stop: AbortController;
let all: Promise<unknown>;

beforeEach(async () => {
  const broker = new MemoryBroker();
  bus = broker.connect();
  stop = new AbortController();
  const { signal } = stop;
  const connect = () => Promise.resolve(broker.connect());
  const processes = (["guest", "hypervisor", "monitor"] as const).map((role) =>
    runFederate({ ...shared, role, connect, open: () => ({ cast: toyCast(scenario) }), signal }),
  );
  all = Promise.allSettled([...processes, conductOn(broker.connect(), { ...shared, scenario, virtual: false, leastGuests: 1, signal })]);
});
afterEach(async () => {
  stop.abort();
  await all;
});

async function ask(fault: Record<string, unknown>): Promise<unknown> {
  const request = encodeControl("injectRequest", { run: shared.run, fault: JSON.stringify(fault) });
  return decodeControl("injectReply", await bus.request(subjects.inject, request, 500));
}

test("a crash or a hang of a VM that no process plays is refused; what holds for the next who comes is not", async () => {
  await expect
    .poll(() => ask({ fault: "driver-stuck", target: played, for: "1s" }).catch(() => undefined))
    .toMatchObject({ accepted: true });
  for (const fault of ["crash", "hang"]) {
    const why = `no process plays "${unplayed}" now, so nothing would be hurt by a ${fault}; allowed: an actor that "status" lists`;
    expect(await ask({ fault, target: unplayed, for: "1s" })).toMatchObject({ accepted: false, reason: `target: ${why}` });
  }
  expect(await ask({ fault: "crash", target: unplayed, at: "500s", for: "1s" })).toMatchObject({ accepted: true });
  expect(await ask({ fault: "driver-stuck", target: unplayed, for: "1s" })).toMatchObject({ accepted: true });
  expect(await ask({ fault: "hang", target: played, for: "100ms" })).toMatchObject({ accepted: true });
});
