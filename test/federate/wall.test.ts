import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOY_VERSION, toyScenario } from "../../bench/toy.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import type { Broker } from "../../lib/bus/server.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import type { ConductResult } from "../../lib/federate/conduct.ts";
import { type Fleet, launchFleet } from "../../lib/federate/launch.ts";
import type { FaultConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { decodeControl, encodeControl, isRefusal } from "../../lib/wire/frame.ts";
import type { Status } from "../../lib/wire/messages.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { startBroker } from "../broker.ts";
import { quiet } from "./harness.ts";

const S = 1e9;
const entry = fileURLToPath(new URL("../../dist/bench/process.js", import.meta.url));

interface Live {
  readonly fleet: Fleet;
  readonly result: Promise<ConductResult>;
  readonly stop: AbortController;
  status(): Promise<Status>;
  /** Polls the status until the condition holds. */
  until(what: string, condition: (status: Status) => boolean, limitMs?: number): Promise<Status>;
}

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

async function live(
  run: string,
  scenario: Scenario,
  speed: number,
  body: (live: Live) => Promise<void>,
  guestsPerProcess = 1,
): Promise<ConductResult> {
  const nats = { url: broker.url };
  const stop = new AbortController();
  const options = { entry, natsUrl: broker.url, run, guests: scenario.guests.length, guestsPerProcess, logLevel: "silent", log: quiet };
  const fleet = launchFleet(options);
  const asker = await connectNats(nats);
  const result = runConductor({
    scenario,
    run,
    nats,
    version: TOY_VERSION,
    virtual: false,
    speed,
    log: quiet,
    signal: stop.signal,
    expiryMs: 1500,
  });
  result.catch(() => undefined);
  const status = async (): Promise<Status> => {
    const answer = decodeControl("status", await asker.request(new Subjects(run).status, encodeControl("statusRequest", { run }), 2000));
    if (isRefusal(answer)) throw new Error(answer.refused);
    return answer;
  };
  const until: Live["until"] = async (what, condition, limitMs = 15_000) => {
    const beganMs = performance.now();
    for (;;) {
      const now = await status().catch(() => undefined);
      if (now !== undefined && condition(now)) return now;
      if (performance.now() - beganMs > limitMs) throw new Error(`${what}: not within ${limitMs} ms; ${JSON.stringify(now)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    await body({ fleet, result, stop, status, until });
    return await result;
  } finally {
    stop.abort();
    await fleet.stop();
    await asker.close();
    expect(fleet.pids()).toEqual([]);
  }
}

const running = (status: Status): boolean => status.phase === "running" && status.nowNs > 0;
const incarnation = (status: Status, actor: number): number => {
  const process = status.processes.find(({ actors }) => actors.includes(actor));
  return process === undefined ? 0 : (process.incarnations[process.actors.indexOf(actor)] as number);
};
const fault = (name: FaultConfig["fault"], target: string, atNs: number, durationNs: number): FaultConfig => {
  return { atNs, fault: name, target, durationNs, amount: 1, delayNs: 0 };
};

describe("the wall clock over NATS, with real processes", () => {
  it("registers everybody, runs its time, and everybody leaves by itself", async () => {
    const beganMs = performance.now();
    const result = await live("plain", toyScenario(4, 2 * S), 1, async ({ until, fleet }) => {
      const status = await until("running", running);
      expect(status.processes.length).toBe(6);
      expect(fleet.pids().sort()).toEqual(status.processes.map(({ pid }) => pid).sort());
      expect(performance.now() - beganMs).toBeLessThan(8000);
      await fleet.ended();
    });
    expect(result).toMatchObject({ complete: true, digest: "" });
    expect(result.eventsRun).toBeGreaterThan(4 * 19 * 3);
  });

  it("a killed process is started again and goes on as the next incarnation", async () => {
    await live("killed", toyScenario(3, 1000 * S), 1, async ({ until, fleet, stop }) => {
      await until("running", running);
      for (const role of ["guest", "hypervisor", "monitor"] as const) process.kill(fleet.pids(role)[0] as number, "SIGKILL");
      await until("all are back", (status) => [1, 2].every((actor) => incarnation(status, actor) === 2) && status.processes.length === 5);
      const now = await until("the guest is back", (status) => [3, 4, 5].filter((actor) => incarnation(status, actor) === 2).length === 1);
      expect(now.waitingFor).toEqual([]);
      stop.abort();
    }).then((result) => expect(result).toMatchObject({ complete: false, reason: "it was interrupted" }));
  });

  it("a scheduled crash is a SIGKILL, and the VM stays down until the fault heals", async () => {
    const scenario = toyScenario(2, 1000 * S, [fault("crash", "vm-01", 1 * S, 4 * S)]);
    await live("crash", scenario, 1, async ({ until, fleet, stop }) => {
      const before = await until("running", running);
      const pid = before.processes.find(({ actors }) => actors.includes(3))?.pid as number;
      const down = await until("it is down", (status) => incarnation(status, 3) === 0);
      expect(down.nowNs).toBeLessThan(2 * S);
      await until("the process is replaced", () => fleet.pids("guest").length === 2 && !fleet.pids("guest").includes(pid));
      expect(incarnation(await until("still down", (status) => status.nowNs > 4.5 * S), 3)).toBe(0);
      const back = await until("it is back", (status) => incarnation(status, 3) === 2);
      expect(back.nowNs).toBeGreaterThanOrEqual(5 * S);
      stop.abort();
    });
  });

  it("a scheduled hang is a SIGSTOP: the same process goes on afterwards, under the same incarnation", async () => {
    const scenario = toyScenario(2, 1000 * S, [fault("hang", "vm-02", 0.5 * S, 3 * S)]);
    await live("hang", scenario, 1, async ({ until, stop }) => {
      const of = (status: Status) => status.processes.find(({ actors }) => actors.includes(4));
      const before = of(await until("running", running));
      await until("it is stopped", (status) => (of(status)?.lastHeardMs ?? 0) === 0 && status.nowNs > 1.5 * S);
      const after = await until("it goes on", (status) => status.nowNs > 4.5 * S && (of(status)?.lastHeardMs ?? 9999) < 1000);
      expect(of(after)).toMatchObject({ pid: before?.pid, incarnations: [1] });
      stop.abort();
    });
  });

  it("a restart of the server is survived, and several guests share a process", async () => {
    const result = await live(
      "bus",
      toyScenario(4, 6 * S),
      1,
      async ({ until }) => {
        await until("running", running);
        await broker.restart(300);
        const status = await until("heard again", (now) => now.processes.every(({ lastHeardMs }) => lastHeardMs < 1000));
        expect(status.processes.every(({ incarnations }) => incarnations.every((number) => number === 1))).toBe(true);
      },
      2,
    );
    expect(result.complete).toBe(true);
  });
});
