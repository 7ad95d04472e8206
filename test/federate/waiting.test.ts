/** What a process on the wall clock keeps for later. */
import { expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { Waiting } from "../../lib/federate/waiting.ts";
import { WallMember } from "../../lib/federate/wall.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import { encodeMessage } from "../../lib/wire/codec.ts";

const S = 1e9;

test("a source has so many messages for later and no more; another one and what is due are taken all the same", () => {
  const waiting = new Waiting();
  let admitted = 0;
  for (let i = 0; i < 50_000; i++) if (waiting.admits(3, 100 * S + i, 0)) admitted++;
  expect(admitted).toBe(20_000);
  expect(waiting.admits(4, 100 * S, 0)).toBe(true);
  expect(waiting.admits(3, 5, 5)).toBe(true);
  // When they have become due there is room again.
  expect(waiting.admits(3, 102 * S, 101 * S)).toBe(true);
});

test("nothing is so far ahead as no link delays it", () => {
  expect(new Waiting().admits(3, 3_600 * S, 0)).toBe(true);
  expect(new Waiting().admits(3, 3_700 * S, 0)).toBe(false);
  expect(new Waiting().admits(3, 9e15, 0)).toBe(false);
});

test("a process refuses what is due in a hundred days, and counts it", async () => {
  const scenario = toyScenario(1, 60 * S);
  const broker = new MemoryBroker();
  const refusals = new Refusals();
  const enrolment = {
    run: "r",
    scenario,
    actors: [HYPERVISOR],
    incarnations: [1],
    virtual: false,
    speed: 1,
    outDir: "",
    command: [],
    epoch: 1,
  };
  const shared = { control: broker.connect(), telemetry: broker.connect(), realFaults: false, onError: () => undefined };
  const member = new WallMember({ ...shared, enrolment, cast: toyCast(scenario), refusals });
  const header = { source: FIRST_GUEST, incarnation: 1, destination: HYPERVISOR, sentAtNs: 0, deliverAtNs: 9e15 };
  const [bus, subject] = [broker.connect(), new Subjects("r", rosterOf(scenario)).message(FIRST_GUEST, HYPERVISOR)];
  for (let sequence = 1; sequence <= 1_000; sequence++)
    bus.publish(subject, encodeMessage("r", { ...header, sequence, kind: "hello", body: { sizePages: 1 } }));
  await bus.flush();
  await bus.flush();
  member.close();
  expect([...refusals.counts]).toEqual([["out-of-range message", 1_000]]);
});
