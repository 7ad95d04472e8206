/** Host swapping: when it acts, whom it takes from, how fast, and how guests hear of it; and the low state's blocking. */
import { describe, expect, it } from "vitest";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { BalloonState, EventKind, FaultKind, HostState } from "../../lib/wire/messages.ts";
import { HostSwap } from "../../services/hypervisor/hostswap.ts";
import { hypervisorFactory } from "../../services/hypervisor/hypervisor.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";
import { policyOf } from "../../services/hypervisor/policies/registry.ts";
import { guestConfig, MS, S, type Script, STEP_NS, scenarioOf, TICK_NS, World } from "./world.ts";

const DISK = {
  channels: 1,
  service: { randomReadNs: 1e6, clusteredReadNs: 1e6, transferNs: 0, clusteredWriteNs: 1e6 },
  variation: 1,
  pagesPerClusteredWrite: 10,
};

function swapOver(resident: readonly number[], swapPages = 100_000) {
  const ledger = new Ledger({ machinePages: 100_000, reservedPages: 0, overheadPagesPerVm: 0, vms: resident.length });
  resident.forEach((pages, vm) => {
    ledger.open(vm, pages);
  });
  return { ledger, swap: new HostSwap(ledger, swapPages, DISK, STEP_NS) };
}

describe("host swap", () => {
  it("evicts what was written, and no more", () => {
    const { ledger, swap } = swapOver([5_000]);
    swap.ask(400);
    expect(swap.evict(400, [() => 0], () => {})).toBe(0);
    swap.wrote(0.25);
    expect(swap.evict(400, [() => 0], () => {})).toBe(100);
    expect([ledger.resident(0), swap.swappedPages]).toEqual([4_900, 100]);
  });

  it("asks the disk for one step of full writing at most, and for no more than the swap holds", () => {
    const { swap } = swapOver([5_000], 600);
    swap.ask(1_000_000);
    expect(swap.askedPages).toBe(600);
    const roomy = swapOver([5_000]).swap;
    roomy.ask(1_000_000);
    expect(roomy.askedPages).toBe(1_000);
  });

  it("takes in proportion to the excess, tier by tier", () => {
    const { ledger, swap } = swapOver([4_000, 3_000, 1_000]);
    const told: number[] = [];
    swap.ask(900);
    swap.wrote(1);
    swap.evict(900, [(vm) => [3_700, 2_900, 1_000][vm] as number, () => 1_000], (vm) => told.push(vm));
    // 300 and 100 above the first floors; the other 500 in proportion to 2,700 and 1,900.
    expect([0, 1, 2].map((vm) => ledger.resident(vm))).toEqual([3_407, 2_693, 1_000]);
    expect(told).toEqual([0, 1, 0, 1]);
  });

  it("frees slots by the guest's word, and when a VM is gone", () => {
    const { swap } = swapOver([4_000, 4_000]);
    swap.ask(800);
    swap.wrote(1);
    swap.evict(800, [() => 0], () => {});
    // Evictions that the guest has not seen come on top of what it says.
    swap.report(0, 50);
    expect(swap.swappedPages).toBe(850);
    swap.drop(1);
    expect(swap.swappedPages).toBe(450);
  });

  it("counts reads once, whatever is told again or late, and from none with a new lease", () => {
    const { swap } = swapOver([4_000, 4_000]);
    expect([100, 100, 250, 180, 251].map((total) => swap.read(0, total))).toEqual([100, 0, 150, 0, 1]);
    swap.drop(0);
    expect(swap.read(0, 40)).toBe(40);
  });
});

const wants = (pages: number, more: Partial<Script> = {}): Script => ({
  step(guest, context) {
    if (guest.epoch > 0 && guest.held < pages) guest.demand(context, pages - guest.held);
    else if (guest.steps % 10 === 0) guest.stats(context);
  },
  ...more,
});

describe("a host whose VMs want more than it has", () => {
  const options = { memoryPages: 12_000, overheadPagesPerVm: 0, reservedPages: 0 };
  const guests = [guestConfig("a", { minimumPages: 0, creditPages: 0 }), guestConfig("b", { minimumPages: 0, creditPages: 0 })];

  it("swaps under policy none, tells quiet guests unasked, and everyone's books agree", () => {
    // The first guest takes its pages and falls quiet; the second wants more than is left.
    const early: Script = {
      step(guest, context) {
        if (guest.epoch > 0 && guest.granted === 0) guest.demand(context, 8_000);
        else if (guest.steps % 10 === 0) guest.stats(context);
      },
    };
    const late = wants(6_000, {});
    const world = new World(scenarioOf(guests, options), [early, late]).run(4.5 * S);
    const [a, b] = [world.guest(0), world.guest(1)];
    expect(world.guests[0]?.of("stepGrant").some((grant) => grant.step === 0 && grant.evictedTotalPages > 0)).toBe(true);
    expect(a.held).toBeLessThan(8_000);
    expect(b.held).toBeGreaterThan(4_000);
    const sample = world.monitor.last("hostSample");
    expect(sample?.residentPages).toBe((sample?.machinePages ?? 0) - (sample?.freePages ?? 0));
    expect(world.monitor.of("hostSample").reduce((sum, one) => sum + one.swapOutPages, 0)).toBeGreaterThan(2_000);
    const states = world.monitor.of("eventRecord").filter((event) => event.kind === EventKind.EVENT_KIND_HOST_STATE);
    expect(states.length).toBeGreaterThan(0);
  });

  it("keeps every VM at its minimum: who wants more where all are there gets it for pages of its own", () => {
    const pair = [guestConfig("a", { minimumPages: 3_000, creditPages: 0 }), guestConfig("b", { minimumPages: 8_800, creditPages: 0 })];
    const lows: number[] = [];
    const minimal: Script = {
      step(guest, context) {
        if (guest.held === 8_800) lows.push(guest.held);
        else if (lows.length > 0) lows.push(guest.held);
        if (guest.epoch > 0) guest.demand(context, Math.max(0, 8_800 - guest.held));
      },
    };
    const world = new World(scenarioOf(pair, options), [wants(5_000), minimal]).run(20 * S);
    expect(lows.length).toBeGreaterThan(80);
    expect(Math.min(...lows)).toBe(8_800);
    // The other got all that is left, and went on asking.
    expect(world.guest(0).held).toBeGreaterThan(2_500);
    expect(world.guest(0).evicted).toBeGreaterThan(100);
  });

  it("does not swap when host swapping is off", () => {
    const world = new World(scenarioOf(guests, { ...options, hostSwap: false }), [wants(8_000), wants(8_000)]).run(4 * S);
    expect(world.monitor.of("hostSample").every((sample) => sample.swapOutPages === 0)).toBe(true);
    expect(world.guest(1).held).toBeLessThan(8_000);
  });

  it("swaps no faster than a slow disk writes", () => {
    const swapped = (slow: boolean) => {
      const world = new World(scenarioOf(guests, { ...options, disk: DISK }), [wants(8_000), wants(8_000)]);
      if (slow) world.fault(1, 2, 1, FaultKind.FAULT_KIND_DISK_SLOW, true, { amount: 50 });
      world.run(3 * S);
      return world.monitor.of("hostSample").reduce((sum, one) => sum + one.swapOutPages, 0);
    };
    const [fast, slow] = [swapped(false), swapped(true)];
    expect(fast).toBeGreaterThan(4 * slow);
    // 0.95 of one channel, 10 pages in 50 ms.
    expect(slow).toBeLessThanOrEqual(0.95 * 200 * 3);
    expect(slow).toBeGreaterThan(0);
  });

  /** ESX's own doing, with targets that are set by hand. */
  const enforced = (scenario: Scenario) => hypervisorFactory(scenario, () => ({ ...policyOf(scenario), enforces: true }));

  it("in the low state ESX stops the VM that is above its target, and no other; Linux stops nobody", () => {
    const policy = { name: "static", options: { targets: { a: "16MiB", b: "39MiB" } } };
    const gone: Script = {
      step(guest, context) {
        if (guest.epoch > 0) guest.demand(context, Math.max(0, 9_000 - guest.held), { swapWritePagesPerS: 1_000 });
      },
    };
    const states = { high: 0.5, soft: 0.4, hard: 0.3, low: 0.24, margin: 1.1 };
    const scenario = scenarioOf(guests, { ...options, hostSwap: false, policy, states });
    const world = new World(scenario, [gone, wants(3_000)], enforced(scenario)).run(3 * S);
    expect(world.monitor.last("hostSample")?.state).toBe(HostState.HOST_STATE_LOW);
    expect(world.guests[0]?.last("stepGrant")?.blocked).toBe(true);
    expect(world.guests[1]?.of("stepGrant").every((grant) => !grant.blocked)).toBe(true);
    // Who is stopped writes nothing.
    expect(world.monitor.last("hostSample")?.diskWrites).toBe(0);
    const linux = new World(scenario, [gone, wants(3_000)]).run(3 * S);
    expect(linux.monitor.last("hostSample")?.state).toBe(HostState.HOST_STATE_LOW);
    expect(linux.guests.flatMap((guest) => guest.of("stepGrant")).some((grant) => grant.blocked)).toBe(false);
    expect(world.monitor.of("hostSample", FIRST_GUEST)).toEqual([]);
  });

  it("in the soft state ESX swaps only where there is no balloon to wait for, and Linux not yet", () => {
    const driverless = guestConfig("b", { minimumPages: 0, creditPages: 0, driver: { ...guestConfig("b").driver, kind: "none" } });
    const policy = { name: "static", options: { targets: { a: "20MiB", b: "20MiB" } } };
    const states = { high: 0.2, soft: 0.15, hard: 0.02, low: 0.01, margin: 1.1 };
    const scenario = scenarioOf([guests[0] as (typeof guests)[0], driverless], { ...options, memoryPages: 14_000, policy, states });
    const once = (pages: number): Script => ({
      step(guest, context) {
        if (guest.epoch > 0 && guest.granted === 0) guest.demand(context, pages);
        else if (guest.steps % 10 === 0) guest.stats(context, 10_000 - (guest.steps % 3));
      },
    });
    const evicted = (world: World) => world.run(5 * S).guests.map((guest) => guest.last("stepGrant")?.evictedTotalPages);
    const esx = evicted(new World(scenario, [once(6_000), once(6_400)], enforced(scenario)));
    expect([esx[0], (esx[1] ?? 0) > 1_000]).toEqual([0, true]);
    expect(evicted(new World(scenario, [once(6_000), once(6_400)]))).toEqual([0, 0]);
  });

  it("in the soft state ESX swaps also where a driver has said that it was at its target, and is above it", () => {
    const policy = { name: "static", options: { targets: { a: "20MiB", b: "20MiB" } } };
    const states = { high: 0.2, soft: 0.15, hard: 0.02, low: 0.01, margin: 1.1 };
    const scenario = scenarioOf(guests, { ...options, memoryPages: 14_000, policy, states });
    const lying = (actualPages: number): Script => {
      let action = 0;
      return {
        receive(_guest, message, context) {
          if (message.kind !== "setTarget") return;
          action = message.body.action;
          const times = { receivedAtNs: context.nowNs, doneAtNs: context.nowNs, reclaimNs: 0, swapIoNs: 0 };
          const state = BalloonState.BALLOON_STATE_AT_TARGET;
          context.send(HYPERVISOR, "balloonReport", { action, actualPages: message.body.targetPages, state, ...times });
        },
        step(guest, context) {
          if (guest.epoch > 0 && guest.granted === 0) guest.demand(context, 6_200);
          else if (guest.steps % 10 === 0) guest.stats(context, actualPages, action);
        },
      };
    };
    const world = new World(scenario, [lying(10_000), lying(5_120)], enforced(scenario)).run(20 * S);
    const evicted = world.guests.map((guest) => guest.last("stepGrant")?.evictedTotalPages ?? 0);
    expect(evicted[0]).toBeGreaterThan(500);
    expect(evicted[1]).toBe(0);
  });
});

describe("an eviction that a quiet guest did not hear of", () => {
  it("is told again with its statistics, until it says that it knows", () => {
    const options = { memoryPages: 12_000, overheadPagesPerVm: 0, reservedPages: 0 };
    const guest = { minimumPages: 0, creditPages: 0 };
    let said = false;
    const early: Script = {
      step(own, context) {
        if (own.epoch > 0 && own.granted === 0) own.demand(context, 11_000);
        else if (own.evicted > 0 && !said) {
          said = true;
          own.demand(context, 0);
        } else if (own.steps % 10 === 0) own.stats(context);
      },
    };
    const world = new World(scenarioOf([guestConfig("a", guest), guestConfig("b", guest)], options), [early, wants(2_500)]);
    world.fault(STEP_NS + TICK_NS + 2 * MS, 2, 1, FaultKind.FAULT_KIND_LINK_DROP, true, { allPeers: false, peer: FIRST_GUEST });
    world.fault(7.5 * S, 2, 1, FaultKind.FAULT_KIND_LINK_DROP, false, { allPeers: false, peer: FIRST_GUEST });
    world.run(7.6 * S);
    expect(world.guest(0).evicted).toBe(0);
    world.run(20 * S);
    const told = world.guests[0]?.of("stepGrant").filter((grant) => grant.step === 0) ?? [];
    expect(told.length).toBe(1);
    const sample = world.monitor.last("hostSample");
    expect(world.guest(0).held + world.guest(1).held).toBe(sample?.residentPages);
  });
});
