/** The end of a run over a bus, with processes of this one. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import type { Bus } from "../../lib/bus/port.ts";
import { type FederateOptions, runFederate } from "../../lib/federate/federate.ts";
import { decodeControl, encodeControl, isRefusal } from "../../lib/wire/frame.ts";
import { conductOn } from "../../services/conductor/main.ts";
import { quiet, VERSION } from "../federate/harness.ts";

const LIMIT_MS = 3_000;

test("a monitor whose results take longer than the conductor bears silence ends its run in good order", async () => {
  const scenario = toyScenario(1, 1e9);
  const broker = new MemoryBroker();
  const shared = { run: "slow", nats: { url: "memory" }, version: VERSION, log: quiet };
  const started = (role: FederateOptions["role"]): Promise<void> =>
    runFederate({
      ...shared,
      role,
      connect: () => Promise.resolve(broker.connect()),
      open: () => ({ cast: toyCast(scenario), ...(role === "monitor" ? { finish: () => sleep(2 * LIMIT_MS) } : {}) }),
    });
  const processes = (["guest", "hypervisor", "monitor"] as const).map(started);
  const result = await conductOn(broker.connect(), { ...shared, scenario, virtual: true, silentLimitMs: LIMIT_MS });
  await Promise.all(processes);
  expect(result).toMatchObject({ complete: true, reason: "" });
}, 30_000);

test("a process that keeps a digest to itself is named, and the run has none", async () => {
  const scenario = toyScenario(1, 1e9);
  const broker = new MemoryBroker();
  const shared = { run: "sparse", nats: { url: "memory" }, version: VERSION, log: quiet };
  const sparse = (data: Uint8Array): Uint8Array => {
    const finished = decodeControl("finished", data);
    return isRefusal(finished) ? data : encodeControl("finished", { ...finished, digests: [] });
  };
  const connected = (role: FederateOptions["role"]): Bus => {
    const bus = broker.connect();
    if (role !== "guest") return bus;
    const [publish, request] = [bus.publish.bind(bus), bus.request.bind(bus)];
    bus.publish = (subject, data) => publish(subject, sparse(data));
    bus.request = (subject, data, timeoutMs) => request(subject, sparse(data), timeoutMs);
    return bus;
  };
  const started = (role: FederateOptions["role"]): Promise<void> =>
    runFederate({ ...shared, role, connect: () => Promise.resolve(connected(role)), open: () => ({ cast: toyCast(scenario) }) });
  const processes = Promise.allSettled((["guest", "hypervisor", "monitor"] as const).map(started));
  const running = conductOn(broker.connect(), { ...shared, scenario, virtual: true, silentLimitMs: LIMIT_MS });
  await expect(running).rejects.toThrow(`no digest was told of ${scenario.guests[0]?.name}`);
  await processes;
}, 30_000);

test("a process that leaves in virtual time ends the run at once, and is named", async () => {
  const scenario = toyScenario(2, 600e9);
  const broker = new MemoryBroker();
  const shared = { run: "left", nats: { url: "memory" }, version: VERSION, log: quiet };
  const leave = new AbortController();
  const started = (role: FederateOptions["role"], signal?: AbortSignal): Promise<void> => {
    const open = () => ({ cast: toyCast(scenario) });
    return runFederate({ ...shared, role, connect: () => Promise.resolve(broker.connect()), open, ...(signal ? { signal } : {}) });
  };
  const processes = [started("guest", leave.signal), started("guest"), started("hypervisor"), started("monitor")];
  const milestone = { atNs: 1e9, reached: () => leave.abort() };
  const beganMs = performance.now();
  const result = await conductOn(broker.connect(), { ...shared, scenario, virtual: true, milestone, silentLimitMs: 60_000 });
  expect(result).toMatchObject({
    complete: false,
    reason: expect.stringMatching(/^the guest's process guest-\S+ has left, and in virtual/),
  });
  expect(performance.now() - beganMs).toBeLessThan(20_000);
  await Promise.all(processes);
}, 90_000);

test("on the wall clock a monitor may take over until the results are written, and nobody else", async () => {
  const scenario = toyScenario(1, 1e9);
  const broker = new MemoryBroker();
  const shared = { run: "late", nats: { url: "memory" }, version: VERSION, log: quiet };
  const written: string[] = [];
  const stop = new AbortController();
  const started = (role: FederateOptions["role"], name: string, signal?: AbortSignal): Promise<void> =>
    runFederate({
      ...shared,
      role,
      ...(signal === undefined ? {} : { signal }),
      connect: () => Promise.resolve(broker.connect()),
      open: () => ({ cast: toyCast(scenario), finish: () => void written.push(name) }),
    });
  const processes: Promise<void>[] = [
    started("guest", "guest"),
    started("hypervisor", "hypervisor"),
    started("monitor", "first", stop.signal),
  ];
  const told = new Set<string>();
  const result = await conductOn(broker.connect(), {
    ...shared,
    scenario,
    virtual: false,
    onProgress: ({ phase, nowNs, waitingFor }) => {
      if (nowNs > 0.6e9) stop.abort();
      if (phase === "settling" && processes.length === 3) processes.push(started("monitor", "second"), refused());
      if (phase === "settling") for (const who of waitingFor) told.add(who);
    },
  });
  function refused(): Promise<void> {
    return expect(started("guest", "late")).rejects.toThrow("the run is over");
  }
  await Promise.all(processes);
  expect(result).toMatchObject({ complete: true, reason: "" });
  expect(told).toContain("a monitor that takes over");
  expect(written.sort()).toEqual(["guest", "hypervisor", "second"]);
}, 30_000);
