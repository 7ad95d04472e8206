/** What a process in virtual time takes from a grant. */
import { expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { CONDUCTOR, FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { WindowMember } from "../../lib/federate/window.ts";
import { encodeGrant } from "../../lib/wire/batch.ts";
import { encodeEnvelope } from "../../lib/wire/codec.ts";
import { type Opened, open } from "../../lib/wire/frame.ts";
import { FaultKind, type Message } from "../../lib/wire/messages.ts";

test("orders of the conductor alone, and messages of those who speak to its actor", () => {
  const scenario = toyScenario(2, 60e9);
  const refusals = new Refusals();
  const enrolment = {
    run: "r",
    scenario,
    actors: [FIRST_GUEST],
    incarnations: [1],
    virtual: true,
    speed: 1,
    outDir: "",
    command: [],
    epoch: 1,
  };
  const member = new WindowMember({ enrolment, cast: toyCast(scenario), refusals, publish: () => undefined, onError: () => undefined });
  const header = { incarnation: 1, sequence: 1, sentAtNs: 0, deliverAtNs: 5, destination: FIRST_GUEST };
  const body = {
    fault: 1,
    kind: FaultKind.FAULT_KIND_HANG,
    active: true,
    peer: 0,
    allPeers: true,
    amount: 1,
    delayNs: 0,
    durationNs: 1e9,
  };
  const order = (source: number): Message => ({ ...header, source, kind: "faultOrder", body });
  const welcome = (source: number): Message => ({ ...header, source, kind: "hello", body: { sizePages: 1 } });
  const given = (messages: readonly Message[], window: number): void => {
    const envelopes = messages.map((message) => encodeEnvelope("r", message));
    for (const frame of encodeGrant({ epoch: 1, window, horizonNs: 1, envelopes }))
      expect(member.take(open(frame) as Opened)).toBeUndefined();
  };
  given([order(HYPERVISOR), order(FIRST_GUEST + 1), welcome(FIRST_GUEST + 1)], 1);
  expect([...refusals.counts]).toEqual([["wrong-sender clock.grant", 3]]);
  given([order(CONDUCTOR), welcome(HYPERVISOR)], 2);
  expect(refusals.total).toBe(3);
});
