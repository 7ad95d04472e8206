import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOY_VERSION, toyCast, toyScenario } from "../../bench/toy.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import type { Bus } from "../../lib/bus/port.ts";
import type { Broker } from "../../lib/bus/server.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { launchFleet } from "../../lib/federate/launch.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { decodeControl, encodeControl } from "../../lib/wire/frame.ts";
import type { Status } from "../../lib/wire/messages.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { startBroker } from "../broker.ts";
import { allFaults } from "./faults.ts";
import { quiet } from "./harness.ts";
import { SMUGGLED, shout } from "./noise.ts";

const entry = fileURLToPath(new URL("../../dist/bench/process.js", import.meta.url));
const VIRTUAL_MESSAGES = 60_000;
const WALL_MESSAGES = 40_000;

let broker: Broker;
let bus: Bus;
beforeAll(async () => {
  broker = await startBroker();
  bus = await connectNats({ url: broker.url });
});
afterAll(async () => {
  await bus.close();
  await broker.stop();
});

async function statusOf(run: string): Promise<Status> {
  for (;;) {
    const answer = await bus.request(new Subjects(run).status, encodeControl("statusRequest", { run }), 5000).catch(() => undefined);
    const status = answer === undefined ? undefined : (decodeControl("status", answer) as Status);
    if (status?.phase === "running") return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const refused = (status: Status): number => status.processes.reduce((sum, process) => sum + process.refused, 0);

describe("bad messages on every subject, to real processes", () => {
  it("change nothing in virtual time: the digest is the same", async () => {
    const run = "fuzz-virtual";
    const scenario = toyScenario(3, 600e9, allFaults);
    const expected = await runLocalVirtual({ scenario, cast: toyCast(scenario) });
    const fleet = launchFleet({ entry, natsUrl: broker.url, run, guests: 3, logLevel: "silent", log: quiet });
    const running = runConductor({ scenario, run, nats: { url: broker.url }, version: TOY_VERSION, virtual: true, log: quiet });
    const { processes } = await statusOf(run);
    const before = fleet.pids();
    await shout(bus, { run, scenario, processes: processes.map(({ process }) => process) }, VIRTUAL_MESSAGES, 1);
    // Until every process has told in a heartbeat what it refused.
    await new Promise((resolve) => setTimeout(resolve, 700));
    const after = await statusOf(run);
    expect(after.nowNs).toBeLessThan(after.endNs);
    const result = await running;
    await fleet.ended();
    await fleet.stop();
    expect(result).toMatchObject({ complete: true, digest: expected.digest });
    // Nobody died on the way, and what was refused was counted, by the conductor as by the processes.
    expect(before.length).toBe(5);
    expect(after.processes.map(({ pid }) => pid).sort()).toEqual(processes.map(({ pid }) => pid).sort());
    expect(result.refused).toBeGreaterThan(VIRTUAL_MESSAGES / 10);
    expect(refused(after)).toBeGreaterThan(VIRTUAL_MESSAGES / 10);
  }, 180_000);

  it("crash nothing and count on the wall clock", async () => {
    const run = "fuzz-wall";
    const scenario = toyScenario(3, 1000e9);
    const stop = new AbortController();
    const fleet = launchFleet({ entry, natsUrl: broker.url, run, guests: 3, logLevel: "silent", log: quiet });
    const options = { scenario, run, nats: { url: broker.url }, version: TOY_VERSION, log: quiet, signal: stop.signal, expiryMs: 60_000 };
    const running = runConductor({ ...options, virtual: false, speed: 1 });
    const before = await statusOf(run);
    let smuggled = 0;
    const listening = bus.subscribe(SMUGGLED, () => smuggled++);
    await shout(bus, { run, scenario, processes: before.processes.map(({ process }) => process) }, WALL_MESSAGES, 2);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const after = await statusOf(run);
    listening.unsubscribe();
    expect(smuggled).toBe(0);
    const identity = ({ processes }: Status) => processes.map(({ pid, actors, incarnations }) => ({ pid, actors, incarnations }));
    expect(identity(after)).toEqual(identity(before));
    expect(after.processes.every(({ lastHeardMs }) => lastHeardMs < 2000)).toBe(true);
    expect(refused(after)).toBeGreaterThan(WALL_MESSAGES / 4);
    stop.abort();
    expect(await running).toMatchObject({ complete: false });
    await fleet.ended();
    await fleet.stop();
  });
});
