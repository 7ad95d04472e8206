/** Fault orders on the wall clock: each is given once, and whoever takes over an actor is given what still holds for it. */
import { expect, test } from "vitest";
import { MONITOR } from "../../lib/engine/actor.ts";
import { Identity } from "../../lib/keys/identity.ts";
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

function lab(faults: FaultConfig[], realFaults = false) {
  const scenario = { ...scenarioOf([guestConfig("a")]), faults };
  const entries = rosterOf(scenario);
  const roster = new Roster({ entries, run: "r", version: "1", epoch: 1, expiryMs: 1000 });
  const given: string[] = [];
  const give = (_destination: number, frame: Uint8Array): void => {
    const message = decodeMessage("r", frame);
    if (isRefusal(message)) throw new Error(message.refused);
    if (message.kind === "faultOrder") given.push(`${message.body.kind} ${message.body.active}`);
    else given.push(`news ${message.sequence}`);
  };
  const forget = (destination: number): void => void given.push(`forget ${destination}`);
  const clock = new WallClock({ scenario, entries, run: "r", epoch: 1, speed: 1, roster, send: () => {}, orders: { give, forget } });
  const self = {
    run: "r",
    contract: CONTRACT,
    version: "1",
    heldActors: [],
    pid: 1,
    realFaults,
    capacity: 1,
    epoch: 1,
    userKey: new Identity().publicKey,
  };
  const join = (role: string, process: string, nowMs: number) => {
    const verdict = roster.register({ ...self, role, process }, nowMs);
    clock.joined(process);
    return verdict;
  };
  return { clock, roster, given, join };
}

const { FAULT_KIND_DRIVER_STUCK, FAULT_KIND_CRASH } = FaultKind;

test("a process that takes over is given the faults that still hold, a monitor all news; a process that only comes back nothing", () => {
  const { clock, given, join } = lab([fault("link-drop", S, S), fault("driver-stuck", S, 100 * S), fault("crash", 2 * S, 100 * S)]);
  join("guest", "p", 0);
  join("monitor", "m", 0);
  clock.begin(0);
  clock.tick(clock.zeroMs + 5_000);
  expect(given.length).toBe(4 + 3);
  given.splice(0);
  clock.reconnected();
  join("guest", "p", 6_000);
  expect(given).toEqual([]);
  join("guest", "q", 60_000);
  // Where several actors share a process, the kernel acts the crash: also the one that comes after.
  expect(given.splice(0)).toEqual(["forget 3", `${FAULT_KIND_DRIVER_STUCK} true`, `${FAULT_KIND_CRASH} true`]);
  join("monitor", "n", 60_000);
  expect(given).toEqual([`forget ${MONITOR}`, "news 1", "news 4", "news 7"]);
});

test("crashes that overlap keep an actor down until the last of them has healed", () => {
  const { clock, roster, given, join } = lab([fault("crash", S, 2 * S), fault("crash", 2 * S, 4 * S), fault("crash", 4 * S, S)], true);
  join("guest", "p", 0);
  clock.begin(0);
  for (let ms = 0; ms <= 10_000; ms += 100) clock.tick(clock.zeroMs + ms);
  expect(given.filter((text) => text === `${FAULT_KIND_CRASH} true`).length).toBe(3);
  expect(join("guest", "early", clock.zeroMs + 5_900)).toMatchObject({ retry: true });
  expect(join("guest", "next", clock.zeroMs + 6_001)).toHaveProperty("lease");
  expect(roster.lease("next")?.incarnations).toEqual([2]);
});
