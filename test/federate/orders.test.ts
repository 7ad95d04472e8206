/** Fault orders on the wall clock, over a real server that goes away: what was ordered meanwhile is carried out all the same. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import type { Broker } from "../../lib/bus/server.ts";
import { MONITOR } from "../../lib/engine/actor.ts";
import type { FederateOptions } from "../../lib/federate/federate.ts";
import type { FaultConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { EventKind } from "../../lib/wire/messages.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { startBroker } from "../broker.ts";
import { federate, type Plan, quiet, VERSION } from "./harness.ts";

const S = 1e9;
const fault = (name: FaultConfig["fault"], target: string, atS: number, forS: number): FaultConfig => {
  return { atNs: atS * S, fault: name, target, durationNs: forS * S, amount: 1, delayNs: 0 };
};

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

/** Two guests in one process, so that the kernel acts their faults; what each actor's start and the monitor's news were. */
function staged(scenario: Scenario) {
  const starts: string[] = [];
  const news: string[] = [];
  const open: FederateOptions["open"] = ({ scenario: told }) => {
    const cast = toyCast(told);
    return {
      cast: (entry) => (incarnation) => {
        starts.push(`${entry.name} ${incarnation}`);
        const actor = cast(entry)(incarnation);
        if (entry.id !== MONITOR) return actor;
        const receive: typeof actor.receive = (message) => {
          if (message.kind === "eventRecord" && message.body.kind === EventKind.EVENT_KIND_FAULT) news.push(message.body.detail);
        };
        return { start() {}, wake() {}, digest() {}, receive };
      },
    };
  };
  const plan = (run: string): Plan => ({ scenario, run, nats: { url: broker.url }, guestsPerProcess: 2, federate: { open } });
  return { starts, news, plan };
}

const conduct = ({ scenario, run, nats }: Plan, onNow: (nowNs: number) => void) =>
  runConductor({
    ...{ scenario, run, nats, version: VERSION, virtual: false, log: quiet, expiryMs: 1000 },
    onProgress: ({ nowNs }) => onNow(nowNs),
  });

/** Does it once, when model time has come there. */
function onceAt(atNs: number, act: () => void): (nowNs: number) => void {
  let done = false;
  return (nowNs) => {
    if (done || nowNs < atNs) return;
    done = true;
    act();
  };
}

test("a crash and a restart that were ordered while the server was away", async () => {
  const scenario = toyScenario(2, 6 * S, [fault("crash", "vm-01", 1.5, 0.2), fault("crash", "vm-02", 1.6, 2)]);
  const { starts, news, plan } = staged(scenario);
  const ours = plan("lost-orders");
  const ends = Promise.all((["guest", "hypervisor", "monitor"] as const).map((role) => federate(ours, role)));
  let back: Promise<void> | undefined;
  const away = onceAt(1 * S, () => {
    back = broker.restart(1500);
  });
  const result = await conduct(ours, away);
  await Promise.all([ends, back]);
  expect(result.complete).toBe(true);
  expect(starts.filter((text) => text.startsWith("vm")).sort()).toEqual(["vm-01 1", "vm-01 2", "vm-02 1", "vm-02 2"]);
  expect(news).toEqual(["crash for 0.2 s", "crash for 2 s"]);
});

test("a monitor that takes over hears of every fault, of those while there was none too", async () => {
  const names = ["vm-01", "vm-02", "vm-01"];
  const scenario = toyScenario(2, 7 * S, [
    ...names.map((name, index) => fault("link-delay", name, 1 + index, 0.5)),
    fault("link-drop", "vm-02", 5.5, 0.5),
  ]);
  const { news, plan } = staged(scenario);
  const ours = plan("late-news");
  const gone = new AbortController();
  const ends = [federate(ours, "guest"), federate(ours, "hypervisor"), federate(ours, "monitor", { signal: gone.signal })];
  const early: string[] = [];
  const leave = onceAt(1.5 * S, () => {
    early.push(...news.splice(0));
    gone.abort();
  });
  const follow = onceAt(3.5 * S, () => ends.push(federate(ours, "monitor")));
  await conduct(ours, (nowNs) => {
    leave(nowNs);
    follow(nowNs);
  });
  await Promise.all(ends);
  expect(early.length).toBe(1);
  expect(news.map((text) => text.split(" ")[0])).toEqual(["link-delay", "link-delay", "link-delay", "link-drop"]);
});
