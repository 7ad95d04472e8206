/** What VMware's products added to the published policy: states of each generation, limits, a progressive tax. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_BYTES } from "../../lib/units.ts";
import { HostState } from "../../lib/wire/messages.ts";
import { esxThresholds, minFreePages } from "../../services/hypervisor/policies/esx-states.ts";
import { allocate, type Claim } from "../../services/hypervisor/policies/idle-tax.ts";
import type { HostView, Policy, VmView } from "../../services/hypervisor/policies/policy.ts";
import { policyOf } from "../../services/hypervisor/policies/registry.ts";
import { nextState, plentyPages, type Thresholds } from "../../services/hypervisor/states.ts";
import { guestConfig, scenarioOf } from "../hypervisor/world.ts";

const { HOST_STATE_HIGH: HIGH, HOST_STATE_CLEAR: CLEAR, HOST_STATE_SOFT: SOFT, HOST_STATE_HARD: HARD, HOST_STATE_LOW: LOW } = HostState;
const CONFIG = { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 };
const gib = (size: number): number => (size * 2 ** 30) / PAGE_BYTES;
const mib = (pages: number): number => (pages * PAGE_BYTES) / 2 ** 20;

describe("minFree", () => {
  // The slices as they are published: 6, 4, 2 and 1 % of 0-4, 4-12, 12-28 GB and the rest.
  test.each([
    [4, 245.76],
    [28, 901.12],
    [100, 1638.4],
    [128, 1925.12],
  ])("of %i GB is %f MB", (size, expected) => {
    expect(mib(minFreePages(gib(size)))).toBeCloseTo(expected, 6);
  });
});

describe("states", () => {
  const minFree = minFreePages(gib(28));
  const at = (share: number): number => Math.ceil(share * minFree);

  test("of vSphere 5 are at 64, 32 and 16 % of minFree, and there is no clear one", () => {
    const thresholds = esxThresholds("vsphere5", CONFIG, gib(28));
    expect([0.64, 0.32, 0.16].map((share) => nextState(HIGH, at(share) - 1, thresholds))).toEqual([SOFT, HARD, LOW]);
    expect(nextState(HIGH, at(0.64), thresholds)).toBe(HIGH);
    expect([nextState(SOFT, at(1.09), thresholds), nextState(SOFT, at(1.11), thresholds)]).toEqual([SOFT, HIGH]);
  });

  test("of vSphere 6 have clear below minFree, left upwards at four times that", () => {
    const thresholds = esxThresholds("vsphere6", CONFIG, gib(28));
    expect([1, 0.64, 0.32, 0.16].map((share) => nextState(HIGH, at(share) - 1, thresholds))).toEqual([CLEAR, SOFT, HARD, LOW]);
    expect([nextState(SOFT, at(1.09), thresholds), nextState(SOFT, at(1.11), thresholds)]).toEqual([SOFT, CLEAR]);
    expect([nextState(CLEAR, at(4.39), thresholds), nextState(CLEAR, at(4.41), thresholds)]).toEqual([CLEAR, HIGH]);
    expect(plentyPages(thresholds)).toBe(Math.ceil(at(1) * 1.1));
  });

  test("of 2002 are the scenario's", () => {
    expect(esxThresholds("2002", CONFIG, 10_000)).toMatchObject({ highPages: 600, softPages: 400, hardPages: 200, lowPages: 100 });
  });

  test("settle at once, in every generation", () => {
    const generations = fc.constantFrom("2002" as const, "vsphere5" as const, "vsphere6" as const);
    fc.assert(
      fc.property(generations, fc.constantFrom(HIGH, CLEAR, SOFT, HARD, LOW), fc.nat(60_000), (generation, state, freePages) => {
        const thresholds = esxThresholds(generation, CONFIG, gib(4));
        const next = nextState(state, freePages, thresholds);
        expect(nextState(next, freePages, thresholds)).toBe(next);
      }),
    );
  });
});

describe("the progressive tax", () => {
  const claim = (activePages: number): Claim => ({ shares: 1, activePages, leastPages: 0, mostPages: 1_000_000 });

  test("is the flat one for a VM without an active page, and none for one without an idle page", () => {
    const claims = [claim(0), claim(500_000)];
    expect(allocate(claims, 500_000, 0.75, true)).toEqual(allocate(claims, 500_000, 0.75, false));
  });

  test("leaves a VM with few idle pages more than the flat one, at the cost of the idle one", () => {
    const claims = [claim(10_000), claim(200_000)];
    const flat = allocate(claims, 500_000, 0.75) as [number, number];
    const progressive = allocate(claims, 500_000, 0.75, true) as [number, number];
    expect(progressive[1]).toBeGreaterThan(flat[1]);
    expect(progressive[0]).toBeLessThan(flat[0]);
  });

  test("costs each VM the same adjusted shares per page", () => {
    const share = fc.record({ shares: fc.integer({ min: 1, max: 9 }), active: fc.integer({ min: 1, max: 90_000 }) });
    fc.assert(
      fc.property(fc.array(share, { minLength: 2, maxLength: 6 }), fc.double({ min: 0, max: 0.9, noNaN: true }), (vms, rate) => {
        const claims = vms.map(({ shares, active }) => ({ shares, activePages: active, leastPages: 0, mostPages: 1e9 }));
        const held = allocate(claims, 1_000_000, rate, true);
        const paid = held.map((pages, i) => {
          const { shares, activePages } = claims[i] as Claim;
          const idle = Math.max(0, pages - activePages);
          return (pages - idle + idle / (1 - (rate * idle) / pages)) / shares;
        });
        const most = Math.max(...paid);
        for (const [i, level] of paid.entries()) expect(Math.abs(level / most - 1), `${held[i]} pages`).toBeLessThan(0.002);
        expect(held.reduce((sum, pages) => sum + pages, 0)).toBeLessThanOrEqual(1_000_000);
      }),
    );
  });
});

describe("limits", () => {
  const guests = [guestConfig("a-01", { group: "a" }), guestConfig("a-02", { group: "a" }), guestConfig("b-01", { group: "b" })];
  const scenario = (limits: Record<string, string>) => scenarioOf(guests, { policy: { name: "esx", options: { limits } } });
  const vm = (index: number): VmView => {
    const { name, group, sizePages, minimumPages, shares } = guests[index] as (typeof guests)[number];
    const known = {
      targetPages: sizePages,
      actualPages: sizePages,
      residentPages: 4_000,
      stats: undefined,
      statsAgeNs: 0,
      activePages: 1_000,
    };
    return { vm: index, name, group, sizePages, minimumPages, shares, hasDriver: true, ...known };
  };
  const view = (state: number, freePages: number): HostView => ({
    nowNs: 0,
    occasion: "interval",
    memoryPages: 30_000,
    reservedPages: 1_000,
    overheadPages: 300,
    freePages,
    sharedPages: 0,
    sharingPages: 0,
    availablePages: freePages,
    state,
    thresholds: esxThresholds("vsphere6", CONFIG, 30_000),
    vms: [vm(0), vm(1), vm(2)],
  });

  test("hold while there is plenty: the VM's own before its group's", () => {
    const policy = policyOf(scenario({ a: "20MiB", "a-02": "30MiB" }));
    expect(policy.decide(view(HIGH, 20_000))).toEqual([
      { vm: 0, targetPages: 5_120 },
      { vm: 1, targetPages: 7_680 },
    ]);
  });

  test("cap what a VM is entitled to when memory is short", () => {
    const targets = policyOf(scenario({ a: "20MiB" })).decide(view(SOFT, 500));
    for (const { vm: number, targetPages } of targets) if (number < 2) expect(targetPages).toBeLessThanOrEqual(5_120);
    expect(targets.map(({ vm: number }) => number)).toEqual(expect.arrayContaining([0, 1]));
  });

  test.each([
    [{ c: "20MiB" }, "host.policy.options.limits.c: names no VM and no group of this scenario"],
    [{ a: "1MiB" }, 'host.policy.options.limits.a: 256 pages is not from the minimum (2000) to the size (10000) of VM "a-01"'],
  ])("%j is refused", (limits, message) => {
    expect(() => policyOf(scenario(limits as unknown as Record<string, string>))).toThrow(message);
  });
});

describe("balloons in the hard state of vSphere 6", () => {
  const guests = ["a", "b"].map((name) => guestConfig(name, { minimumPages: 0 }));
  const at = (policy: Policy, state: number, targetPages: number, thresholds: Thresholds) => {
    const vms = guests.map(({ name, group, sizePages, minimumPages, shares }, vm): VmView => {
      const known = { targetPages, actualPages: sizePages, residentPages: 9_900, stats: undefined, statsAgeNs: 0, activePages: 5_000 };
      return { vm, name, group, sizePages, minimumPages, shares, hasDriver: true, ...known };
    });
    const none = { nowNs: 0, occasion: "state" as const, reservedPages: 0, overheadPages: 0, sharedPages: 0, sharingPages: 0 };
    return policy.decide({ ...none, memoryPages: 20_000, freePages: 200, availablePages: 200, state, thresholds, vms });
  };

  test.each([
    ["vsphere6", true],
    ["vsphere5", false],
    ["2002", false],
  ] as const)("%s: drivers untold of lower targets %s, and told once the state is soft again", (generation, untold) => {
    const scenario = scenarioOf(guests, { memoryPages: 20_000, policy: { name: "esx", options: { generation } } });
    const policy = policyOf(scenario);
    const thresholds = esxThresholds(generation, CONFIG, 20_000);
    const lower = at(policy, HostState.HOST_STATE_HARD, 10_000, thresholds);
    expect(lower.map((decision) => decision.untold === true)).toEqual([untold, untold]);
    const targetPages = lower[0]?.targetPages as number;
    expect(targetPages).toBeLessThan(10_000);
    const soft = at(policy, HostState.HOST_STATE_SOFT, targetPages, thresholds);
    expect(soft).toEqual(untold ? lower.map(({ vm }) => ({ vm, targetPages })) : []);
    expect(at(policy, HostState.HOST_STATE_SOFT, targetPages, thresholds)).toEqual([]);
  });
});
