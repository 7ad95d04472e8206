/** Fault orders on the wall clock: what a process missed is given again, the end of a fault above all. */
import { expect, test } from "vitest";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { FaultConfig } from "../../lib/scenario/scenario.ts";
import { decodeMessage } from "../../lib/wire/codec.ts";
import { isRefusal } from "../../lib/wire/frame.ts";
import { CONTRACT, FaultKind } from "../../lib/wire/messages.ts";
import { Roster } from "../../services/conductor/roster.ts";
import { WallClock } from "../../services/conductor/wall.ts";
import { guestConfig, S, scenarioOf } from "../hypervisor/world.ts";

const fault = (name: FaultConfig["fault"], atNs: number, durationNs: number): FaultConfig => ({
  atNs,
  fault: name,
  target: "a",
  durationNs,
  amount: 1,
  delayNs: 0,
});

test("after a break of the bus: faults that hold, and the end of those that are over", () => {
  const faults = [fault("link-drop", S, S), fault("driver-stuck", S, 100 * S), fault("crash", S, S)];
  const scenario = { ...scenarioOf([guestConfig("a")]), faults };
  const entries = rosterOf(scenario);
  const roster = new Roster({ entries, run: "r", version: "1", expiryMs: 1000 });
  const self = { run: "r", process: "p", contract: CONTRACT, version: "1", heldActors: [], pid: 1, nodeVersion: "", realFaults: false };
  roster.register({ ...self, role: "guest", capacity: 1 }, 0);
  const given: string[] = [];
  const order = (_destination: number, frame: Uint8Array): void => {
    const message = decodeMessage("r", frame);
    if (isRefusal(message) || message.kind !== "faultOrder") return;
    given.push(`${message.body.kind} ${message.body.active}`);
  };
  const clock = new WallClock({ scenario, entries, run: "r", epoch: 1, speed: 1, roster, send: () => {}, order });
  clock.begin(0);
  clock.tick(clock.zeroMs + 5_000);
  given.splice(0);
  clock.reconnected();
  const { FAULT_KIND_LINK_DROP, FAULT_KIND_DRIVER_STUCK, FAULT_KIND_CRASH } = FaultKind;
  expect(given).toEqual([`${FAULT_KIND_DRIVER_STUCK} true`, `${FAULT_KIND_LINK_DROP} false`, `${FAULT_KIND_CRASH} false`]);
});
