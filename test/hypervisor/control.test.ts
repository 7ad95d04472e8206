/** Control actions: targets that are sent, lost, sent again, reached or replaced, with the latency of each leg. */
import { describe, expect, it } from "vitest";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { BalloonState, EventKind, FaultKind } from "../../lib/wire/messages.ts";
import { hypervisorFactory } from "../../services/hypervisor/hypervisor.ts";
import type { HostView, Policy, TargetDecision } from "../../services/hypervisor/policies/policy.ts";
import { PolicyRunner } from "../../services/hypervisor/policyrunner.ts";
import { thresholdsOf } from "../../services/hypervisor/states.ts";
import { guestConfig, MS, S, type Script, STEP_NS, scenarioOf, TICK_NS, World } from "./world.ts";

const STATIC = { policy: { name: "static", options: { targets: { a: "16MiB" } } } };

/** A driver that reaches each target after `workNs`, of which some is reclaim and swap I/O; it acts only when it hears. */
function driver(workNs: number): Script {
  let action = 0;
  return {
    receive(_guest, message, context) {
      if (message.kind !== "setTarget") return;
      action = message.body.action;
      const doneAtNs = context.nowNs + workNs;
      const times = { receivedAtNs: context.nowNs, doneAtNs, reclaimNs: workNs / 2, swapIoNs: workNs / 4 };
      // A scripted guest has no timers of its own to spare: it reports ahead, and the host sees the times of the work.
      context.send(HYPERVISOR, "balloonReport", {
        action,
        actualPages: message.body.targetPages,
        state: BalloonState.BALLOON_STATE_AT_TARGET,
        ...times,
      });
    },
    step(guest, context) {
      if (guest.epoch > 0 && guest.steps % 10 === 0) guest.stats(context, 10_000, action);
    },
  };
}

describe("control actions", () => {
  it("name the legs of what it took, and the legs add up", () => {
    const world = new World(scenarioOf([guestConfig("a")], STATIC), [driver(0)]).run(2 * S);
    const [done] = world.monitor.of("controlAction");
    expect(done).toMatchObject({ guest: FIRST_GUEST, fromPages: 10_000, targetPages: 4_096, reachedPages: 4_096, completed: true });
    expect(done).toMatchObject({ decidedAtNs: TICK_NS, busNs: MS, driverNs: 0, acknowledgeNs: MS, totalNs: 2 * MS });
  });

  it("are sent again when a statistics interval later the driver does not name them", () => {
    const world = new World(scenarioOf([guestConfig("a")], STATIC), [driver(0)]);
    world.fault(TICK_NS - 5 * MS, HYPERVISOR, 1, FaultKind.FAULT_KIND_LINK_DROP, true);
    world.fault(TICK_NS + 35 * MS, HYPERVISOR, 1, FaultKind.FAULT_KIND_LINK_DROP, false);
    world.run(1.9 * S);
    expect(world.guests[0]?.of("setTarget")).toEqual([]);
    world.run(2.2 * S);
    expect(world.guests[0]?.of("setTarget")).toMatchObject([{ targetPages: 4_096, decidedAtNs: TICK_NS }]);
    world.run(6 * S);
    expect(world.guests[0]?.of("setTarget").length).toBe(1);
    expect(world.monitor.of("controlAction")).toMatchObject([{ completed: true, busNs: 2 * S + MS }]);
  });

  it("are told again when the report that they were reached was lost", () => {
    const world = new World(scenarioOf([guestConfig("a")], STATIC), [driver(0)]);
    world.fault(TICK_NS - 5 * MS, FIRST_GUEST, 1, FaultKind.FAULT_KIND_LINK_DROP, true);
    world.fault(TICK_NS + 35 * MS, FIRST_GUEST, 1, FaultKind.FAULT_KIND_LINK_DROP, false);
    world.run(6 * S);
    expect(world.guests[0]?.of("setTarget").length).toBe(2);
    expect(world.monitor.of("controlAction")).toMatchObject([{ completed: true, reachedPages: 4_096 }]);
  });

  it("have numbers that rise, also over a restart of the host; a booting guest is given the present one", () => {
    const world = new World(scenarioOf([guestConfig("a")], STATIC), [driver(0)]);
    world.fault(S, FIRST_GUEST, 1, FaultKind.FAULT_KIND_CRASH, true);
    world.fault(2 * S, FIRST_GUEST, 1, FaultKind.FAULT_KIND_CRASH, false);
    world.fault(3 * S, HYPERVISOR, 2, FaultKind.FAULT_KIND_CRASH, true);
    world.fault(4 * S, HYPERVISOR, 2, FaultKind.FAULT_KIND_CRASH, false);
    world.run(3 * S);
    const first = world.guests[0]?.last("setTarget")?.action as number;
    expect(world.guests[0]?.last("welcome")).toMatchObject({ targetAction: first, targetPages: 4_096 });
    // The scripted guest does not answer the inventory: the new epoch sets its target only once it has booted again.
    world.run(8.9 * S);
    expect(world.guests[0]?.of("setTarget").length).toBe(1);
    world.fault(10 * S, FIRST_GUEST, 3, FaultKind.FAULT_KIND_CRASH, true);
    world.fault(11 * S, FIRST_GUEST, 3, FaultKind.FAULT_KIND_CRASH, false);
    world.run(12 * S);
    expect(world.guests[0]?.last("setTarget")?.action).toBeGreaterThan(first);
  });

  it("are given up when the VM loses its lease", () => {
    const world = new World(scenarioOf([guestConfig("a")], STATIC), [{}]).run(7 * S);
    expect(world.monitor.of("controlAction")).toMatchObject([{ completed: false, reachedPages: 10_000 }]);
  });
});

describe("a policy that misbehaves", () => {
  const view = (vms: number): HostView => {
    const fixed = { hasDriver: true, stats: undefined, statsAgeNs: 0, actualPages: undefined, activePages: undefined, residentPages: 0 };
    return {
      nowNs: 0,
      occasion: "interval",
      memoryPages: 30_000,
      reservedPages: 0,
      overheadPages: 0,
      freePages: 30_000,
      sharedPages: 0,
      sharingPages: 0,
      availablePages: 30_000,
      state: 1,
      thresholds: thresholdsOf({ high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1 }, 30_000),
      vms: Array.from({ length: vms }, (_, vm) => ({ vm, targetPages: 10_000, ...guestConfig(`vm-${vm}`), ...fixed })),
    };
  };
  const ask = (decide: Policy["decide"]) => new PolicyRunner("mine", { intervalNs: S, occasions: [], enforces: true, decide }).ask(view(3));

  it.each<[string, TargetDecision[], RegExp]>([
    ["NaN", [{ vm: 0, targetPages: Number.NaN }], /policy "mine" set a target of NaN pages for VM "vm-0", which is not a whole number/],
    ["a fraction", [{ vm: 0, targetPages: 2_000.5 }], /not a whole number/],
    ["below the minimum", [{ vm: 1, targetPages: 1_999 }], /1999 pages for VM "vm-1", below its minimum of 2000/],
    ["above the size", [{ vm: 2, targetPages: 10_001 }], /10001 pages for VM "vm-2", above its size of 10000/],
    ["an unknown VM", [{ vm: 3, targetPages: 5_000 }], /VM 3, which this host does not have/],
    ["a list with a hole", [undefined as unknown as TargetDecision], /VM undefined/],
    [
      "one VM twice",
      [
        { vm: 0, targetPages: 5_000 },
        { vm: 0, targetPages: 6_000 },
      ],
      /two targets for VM "vm-0"/,
    ],
  ])("by %s is reported, and its sound targets still count", (_, decisions, message) => {
    const good = { vm: 1, targetPages: 4_000 };
    const { decisions: kept, error } = ask(() =>
      decisions[0]?.vm === 1 ? [{ vm: 0, targetPages: 4_000 }, ...decisions] : [good, ...decisions],
    );
    expect(error).toMatch(message);
    expect(kept[0]?.targetPages).toBe(4_000);
    expect(kept.every((decision) => Number.isInteger(decision.targetPages))).toBe(true);
  });

  it("by throwing, or by answering no list, changes nothing", () => {
    const thrown = ask(() => {
      throw new Error("no idea");
    });
    expect(thrown).toEqual({ decisions: [], error: 'policy "mine" threw: no idea' });
    expect(ask(() => null as unknown as TargetDecision[]).error).toMatch(/not a list/);
  });

  it("in a run is an event for the monitor; targets stay, and the run goes on", () => {
    const scenario = scenarioOf([guestConfig("a")], STATIC);
    let calls = 0;
    const decide = (): TargetDecision[] => {
      calls++;
      if (calls > 1) throw new Error("lost its way");
      return [{ vm: 0, targetPages: 5_000 }];
    };
    const factory = hypervisorFactory(scenario, () => ({ intervalNs: S, occasions: ["roster"], enforces: true, decide }));
    const world = new World(scenario, [driver(0)], factory).run(5 * S);
    const errors = world.monitor.of("eventRecord").filter((event) => event.kind === EventKind.EVENT_KIND_POLICY_ERROR);
    expect(errors.length).toBeGreaterThan(2);
    expect(errors[0]?.detail).toBe('policy "static" threw: lost its way');
    expect(world.guests[0]?.of("setTarget").map((target) => target.targetPages)).toEqual([5_000]);
    expect(world.monitor.of("hostSample").length).toBe(4);
  });
});

describe("determinism", () => {
  it("gives the same digests twice, and others where a guest asks for one page more", () => {
    const digests = (pages: number) => {
      const script: Script = {
        step(guest, context) {
          if (guest.epoch > 0)
            guest.demand(context, pages, { threads: 2, thinkNs: STEP_NS / 50, fileReadShare: 1, swapWritePagesPerS: 300 });
        },
      };
      const scenario = scenarioOf([guestConfig("a"), guestConfig("b")], {
        policy: { name: "shares-idle-tax", options: {} },
        memoryPages: 14_000,
      });
      return [
        ...new World(scenario, [script, script])
          .run(20 * S)
          .kernel.digests()
          .values(),
      ];
    };
    expect(digests(50)).toEqual(digests(50));
    expect(digests(50)).not.toEqual(digests(51));
  });
});
