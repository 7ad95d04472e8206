/** The tick seen from the guests: demands of a step are answered together, from free memory, and by the disk's solution. */
import { describe, expect, it } from "vitest";
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import { guestConfig, MS, S, type Script, STEP_NS, scenarioOf, TICK_NS, World } from "./world.ts";

const asks = (pages: number, times = 1): Script => ({
  step(guest, context) {
    if (guest.epoch > 0 && guest.steps <= times + 1) guest.demand(context, guest.steps <= times ? pages : 0);
  },
});

describe("grants", () => {
  it("welcomes a guest that says hello, with no page and no target", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [{}]).run(10 * MS);
    expect(world.guests[0]?.of("welcome")).toEqual([
      { hostEpoch: 1, grantedTotalPages: 0, evictedTotalPages: 0, targetAction: 0, targetPages: 0, atNs: 2 * MS },
    ]);
  });

  it("answers a demand five eighths into the step, with the pages it asked for", () => {
    const world = new World(scenarioOf([guestConfig("a")]), [asks(500)]).run(S);
    const grant = world.guests[0]?.of("stepGrant")[0];
    expect(grant).toMatchObject({ hostEpoch: 1, step: 1, grantedTotalPages: 500, evictedTotalPages: 0, blocked: false });
    expect(grant?.atNs).toBe(STEP_NS + TICK_NS + MS);
  });

  it("samples the ledger for the monitor, and the parts sum to the machine", () => {
    const world = new World(scenarioOf([guestConfig("a"), guestConfig("b")]), [asks(500), asks(700)]).run(3 * S);
    const samples = world.monitor.of("hostSample");
    expect(samples.map((sample) => sample.intervalNs)).toEqual([S + TICK_NS, S]);
    expect(samples[1]).toMatchObject({
      machinePages: 30_000,
      reservedPages: 1_200,
      residentPages: 1_200,
      freePages: 27_600,
      leases: 2,
      state: 1,
    });
  });

  it("gives no VM more than its size and its credit", () => {
    const world = new World(scenarioOf([guestConfig("a", { sizePages: 1_000 })]), [asks(5_000)]).run(S);
    expect(world.guest(0).held).toBe(1_064);
  });

  it("shares what is short in proportion", () => {
    const scenario = scenarioOf([guestConfig("a", { minimumPages: 0 }), guestConfig("b", { minimumPages: 0 })], {
      memoryPages: 11_000,
      hostSwap: false,
    });
    const world = new World(scenario, [asks(10_000), asks(5_000)]).run(STEP_NS + TICK_NS + 2 * MS);
    const [a, b] = [world.guests[0]?.last("stepGrant"), world.guests[1]?.last("stepGrant")];
    // 11,000 less 1,000 reserved, 200 overhead, and half of the low state's 110 kept for guaranteed memory.
    expect([a?.grantedTotalPages, b?.grantedTotalPages]).toEqual([6_496, 3_249]);
  });

  it("serves guaranteed memory first", () => {
    const scenario = scenarioOf([guestConfig("a", { minimumPages: 5_000 }), guestConfig("b", { minimumPages: 0 })], {
      memoryPages: 9_200,
      hostSwap: false,
    });
    const world = new World(scenario, [asks(8_000), asks(8_000)]).run(250 * MS);
    expect(world.guest(0).held).toBeGreaterThan(5_000);
    expect(world.guest(0).held + world.guest(1).held).toBe(9_200 - 1_200 - 46);
  });

  it("solves the disk for a reader", () => {
    const script: Script = {
      step(guest, context) {
        if (guest.epoch > 0) guest.demand(context, 0, { threads: 1, thinkNs: 900_000, swapReadShare: 1 });
      },
    };
    const world = new World(scenarioOf([guestConfig("a")]), [script]).run(S);
    expect(world.guests[0]?.last("stepGrant")).toMatchObject({
      readsPerS: 1000,
      serviceNs: 100_000,
      waitNs: 0,
      waitProbability: expect.closeTo(0, 2),
      writeShare: 1,
    });
    expect(world.monitor.of("hostSample", FIRST_GUEST)).toEqual([]);
  });
});
