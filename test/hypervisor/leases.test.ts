/** How leases begin and end: boot, silence, a restarted host, fencing; over messages, in one kernel. */
import { describe, expect, it } from "vitest";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { EventKind, FaultKind, HostState } from "../../lib/wire/messages.ts";
import { guestConfig, MS, S, type Script, type ScriptedGuest, STEP_NS, scenarioOf, World } from "./world.ts";

/** Takes `pages` once, then only says that it lives. */
const holds = (pages: number, more: Script = {}): Script => ({
  ...more,
  step(guest, context) {
    if (guest.epoch > 0 && guest.granted === 0) guest.demand(context, pages);
    else if (guest.steps % 10 === 0) guest.stats(context);
  },
});

/** Answers an inventory request truly. */
const reports = (pages: number, delayNs = 0): Script =>
  holds(pages, {
    receive(guest, message, context) {
      if (message.kind !== "inventoryRequest" || delayNs > 0) return;
      const { hostEpoch } = message.body;
      const body = { hostEpoch, heldPages: guest.held, balloonPages: 0, hostSwappedPages: 7, targetAction: 0, targetPages: 0 };
      context.send(HYPERVISOR, "inventory", body);
    },
  });

const { FAULT_KIND_CRASH: CRASH, FAULT_KIND_HANG: HANG, FAULT_KIND_LINK_DROP: DROP } = FaultKind;

describe("leases", () => {
  it("end when the guest is silent for leaseNs, and what it held is free", () => {
    const world = new World(scenarioOf([guestConfig("a"), guestConfig("b")]), [holds(3_000), holds(500)]);
    world.fault(2 * S, FIRST_GUEST, 1, CRASH, true);
    world.run(6 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ leases: 2, residentPages: 3_500 });
    world.run(9 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ leases: 1, residentPages: 500 });
    const ended = world.monitor.of("eventRecord").filter((event) => event.kind === EventKind.EVENT_KIND_LEASE_ENDED);
    expect(ended).toMatchObject([{ subject: FIRST_GUEST, amount: 3_000 }]);
  });

  it("pass to a new incarnation at its Hello, which frees what the old one held", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [holds(3_000)]);
    world.fault(2 * S, FIRST_GUEST, 1, CRASH, true);
    world.fault(3 * S, FIRST_GUEST, 1, CRASH, false);
    world.run(3 * S + 10 * MS);
    expect(world.guests[0]?.last("welcome")).toMatchObject({ grantedTotalPages: 0, evictedTotalPages: 0 });
    world.run(5 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ leases: 1, residentPages: 3_000 });
  });

  it("do not come back by themselves: a guest that was silent too long is fenced, once", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [holds(3_000)]);
    world.fault(2 * S, FIRST_GUEST, 1, HANG, true);
    world.fault(8 * S, FIRST_GUEST, 1, HANG, false);
    world.run(10 * S);
    expect(world.guests[0]?.of("fenced")).toMatchObject([{ incarnation: 1 }]);
  });

  it("outlast the host's own deafness", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [holds(3_000)]);
    world.fault(2 * S, HYPERVISOR, 1, HANG, true);
    world.fault(14 * S, HYPERVISOR, 1, HANG, false);
    world.run(16 * S);
    expect(world.guests[0]?.of("fenced")).toEqual([]);
    expect(world.guest(0).held).toBe(3_000);
  });

  it("end also where they are as short as two steps", () => {
    const quick = { statisticsNs: STEP_NS, leaseNs: 2 * STEP_NS };
    const world = new World(scenarioOf([guestConfig("a")], quick), [holds(3_000)]);
    world.fault(2 * S, FIRST_GUEST, 1, HANG, true);
    world.run(4 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ leases: 0, residentPages: 0 });
  });

  it("end when a guest gives back more than it holds", () => {
    const lies: Script = {
      step(guest, context) {
        if (guest.epoch > 0) guest.demand(context, 100, guest.steps > 3 ? { releasedTotalPages: 1_000_000 } : {});
      },
    };
    const world = new World(scenarioOf([guestConfig("a")]), [lies]).run(S);
    expect(world.guests[0]?.of("fenced")[0]?.reason).toMatch(/more pages than it holds/);
    expect(world.monitor.of("hostSample").every((sample) => sample.machinePages === 30_000)).toBe(true);
  });

  it("wait for room: a VM is welcomed once its overhead fits", () => {
    const gives: Script = {
      step(guest, context) {
        if (guest.steps === 1) guest.demand(context, 3_400);
        else if (guest.steps >= 10) {
          guest.released = 2_000;
          guest.demand(context, 0);
        }
      },
    };
    const scenario = scenarioOf([guestConfig("a"), guestConfig("b")], { memoryPages: 5_000, overheadPagesPerVm: 500, hostSwap: false });
    const late: Script = {};
    const world = new World(scenario, [gives, late]);
    world.fault(50 * MS, FIRST_GUEST + 1, 1, CRASH, true);
    world.fault(6 * S, FIRST_GUEST + 1, 1, CRASH, false);
    world.run(8 * S);
    expect(world.guests[1]?.of("welcome").length).toBe(2);
  });
});

describe("a restarted host", () => {
  const restarted = (scripts: readonly Script[], names = ["a", "b"]) => {
    const world = new World(scenarioOf(names.map((name) => guestConfig(name))), scripts);
    world.fault(3 * S, HYPERVISOR, 1, CRASH, true);
    world.fault(4 * S, HYPERVISOR, 1, CRASH, false);
    return world;
  };

  it("rebuilds its ledger from its guests' reports", () => {
    const world = restarted([reports(3_000), reports(500)]).run(6 * S);
    expect(world.guests.map((guest) => guest.last("welcome"))).toMatchObject([
      { hostEpoch: 2, grantedTotalPages: 3_000 },
      { hostEpoch: 2, grantedTotalPages: 500 },
    ]);
    expect(world.monitor.last("hostSample")).toMatchObject({
      hostEpoch: 2,
      leases: 2,
      residentPages: 3_500,
      swappedPages: 14,
      state: HostState.HOST_STATE_HIGH,
    });
    expect(world.monitor.of("eventRecord").find((event) => event.kind === EventKind.EVENT_KIND_LEDGER_REBUILT)).toMatchObject({
      amount: 2,
    });
  });

  it("grants nothing until the last lease is reported or leaseNs has passed", () => {
    const greedy: Script = {
      ...reports(3_000),
      step: (guest, context) => {
        if (guest.epoch > 0) guest.demand(context, 100);
      },
    };
    const world = restarted([greedy, holds(500)]).run(8.9 * S);
    expect(world.monitor.last("hostSample")?.state).toBe(HostState.HOST_STATE_REBUILDING);
    const reported = world.guests[0]?.of("welcome").at(-1)?.grantedTotalPages;
    expect(world.guests[0]?.last("stepGrant")?.grantedTotalPages).toBe(reported);
    world.run(9.5 * S);
    expect(world.guests[0]?.last("stepGrant")?.grantedTotalPages).toBeGreaterThan(reported as number);
    world.run(12 * S);
    expect(world.guests[1]?.of("fenced").length).toBeGreaterThan(0);
  });

  it("asks again when its question was lost", () => {
    const world = restarted([reports(3_000), reports(500)]);
    world.fault(3.5 * S, HYPERVISOR, 2, DROP, true, { allPeers: false, peer: FIRST_GUEST });
    world.fault(4.5 * S, HYPERVISOR, 2, DROP, false, { allPeers: false, peer: FIRST_GUEST });
    world.run(7 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ leases: 2, residentPages: 3_500, state: HostState.HOST_STATE_HIGH });
  });

  it("ignores what is said to the host before it", () => {
    const stale: Script = {
      step(guest: ScriptedGuest, context) {
        if (guest.epoch > 0) guest.demand(context, 100, { hostEpoch: 1 });
      },
      receive: reports(0).receive as NonNullable<Script["receive"]>,
    };
    const world = restarted([stale], ["a"]).run(7 * S);
    expect(world.guests[0]?.of("stepGrant").filter((grant) => grant.atNs > 4 * S)).toEqual([]);
  });
});

describe("a lost message", () => {
  it("is counted and told to the monitor", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [{ step: (guest, context) => guest.epoch > 0 && guest.stats(context) }]);
    world.fault(S, FIRST_GUEST, 1, DROP, true);
    world.fault(S + 3 * STEP_NS, FIRST_GUEST, 1, DROP, false);
    world.run(3 * S);
    const gaps = world.monitor.of("eventRecord").filter((event) => event.kind === EventKind.EVENT_KIND_LINK_GAP);
    expect(gaps.map((gap) => [gap.subject, gap.amount])).toEqual([[FIRST_GUEST, 3]]);
  });
});
