/** The policies of this folder, and how they are chosen. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AerostatError } from "../../lib/errors.ts";
import { floorPages } from "../../lib/scenario/hypervfloor.ts";
import { PAGES_PER_MIB } from "../../lib/units.ts";
import { HostState } from "../../lib/wire/messages.ts";
import { allocate, type Claim } from "../../services/hypervisor/policies/idle-tax.ts";
import type { HostView, Policy, VmView } from "../../services/hypervisor/policies/policy.ts";
import { POLICIES, policyOf } from "../../services/hypervisor/policies/registry.ts";
import { plentyPages, thresholdsOf } from "../../services/hypervisor/states.ts";
import { guestConfig, scenarioOf } from "./world.ts";

const MIB = PAGES_PER_MIB;
const STATES = { high: 0.06, soft: 0.04, hard: 0.02, low: 0.01, margin: 1.1 };

function policyNamed(name: string, options: Record<string, unknown> = {}): Policy {
  return policyOf(scenarioOf([guestConfig("a"), guestConfig("b", { group: "web" })], { policy: { name, options } }));
}

function vmView(vm: number, change: Partial<VmView> = {}): VmView {
  const { sizePages, minimumPages, shares } = guestConfig("x");
  const fixed = { name: `vm-${vm}`, group: "vm", hasDriver: true, stats: undefined, statsAgeNs: 0, actualPages: sizePages };
  return {
    vm,
    ...fixed,
    sizePages,
    minimumPages,
    shares,
    targetPages: sizePages,
    residentPages: sizePages,
    activePages: undefined,
    ...change,
  };
}

function hostView(vms: readonly VmView[], memoryPages: number, change: Partial<HostView> = {}): HostView {
  const freePages = memoryPages - vms.reduce((sum, vm) => sum + vm.residentPages, 0);
  const thresholds = thresholdsOf(STATES, memoryPages);
  const state = HostState.HOST_STATE_SOFT;
  const none = { reservedPages: 0, overheadPages: 0, sharedPages: 0, sharingPages: 0, occasion: "interval" as const, nowNs: 0 };
  return { ...none, memoryPages, freePages, availablePages: freePages, state, thresholds, vms, ...change };
}

describe("idle memory tax", () => {
  const two = (first: number, second: number): Claim[] =>
    [first, second].map((active) => ({ shares: 1000, activePages: active * MIB, leastPages: 0, mostPages: 256 * MIB }));

  it("splits evenly without a tax (Waldspurger figure 7, before)", () => {
    expect(allocate(two(9.8, 197.8), 358 * MIB, 0).map((pages) => pages / MIB)).toEqual([179, 179]);
  });

  it("moves idle memory to the busy VM at 75 % (figure 7, after: 101.3 and 242.0 MB measured)", () => {
    const [idle, busy] = allocate(two(9.8, 197.8), 343.3 * MIB, 0.75).map((pages) => pages / MIB);
    expect(idle).toBeCloseTo(101.15, 1);
    expect(busy).toBeCloseTo(242.15, 1);
    expect(Math.abs((idle as number) - 101.3)).toBeLessThan(1);
    expect(Math.abs((busy as number) - 242)).toBeLessThan(1);
  });

  it("never exceeds the memory by more than guarantees do, wastes next to nothing, and keeps every claim's bounds", () => {
    const claim = fc.record({
      shares: fc.integer({ min: 1, max: 5000 }),
      least: fc.nat(2_000),
      more: fc.nat(20_000),
      active: fc.nat(30_000),
    });
    fc.assert(
      fc.property(
        fc.array(claim, { minLength: 1, maxLength: 20 }),
        fc.nat(200_000),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (drawn, pages, tax) => {
          const claims = drawn.map(({ shares, least, more, active }) => ({
            shares,
            activePages: active,
            leastPages: least,
            mostPages: least + more,
          }));
          const given = allocate(claims, pages, tax);
          const sum = given.reduce((total, part) => total + part, 0);
          const [least, most] = [sumOf(claims, "leastPages"), sumOf(claims, "mostPages")];
          given.forEach((part, i) => {
            expect(part).toBeGreaterThanOrEqual((claims[i] as Claim).leastPages);
            expect(part).toBeLessThanOrEqual((claims[i] as Claim).mostPages);
          });
          expect(sum).toBeLessThanOrEqual(Math.max(least, pages));
          expect(sum).toBeGreaterThanOrEqual(Math.min(most, Math.max(least, pages)) - 2 * claims.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("agrees with taking page after page from the VM that pays least for it", () => {
    const claims: Claim[] = [
      { shares: 1000, activePages: 300, leastPages: 100, mostPages: 1_000 },
      { shares: 3000, activePages: 900, leastPages: 100, mostPages: 1_000 },
      { shares: 1000, activePages: 50, leastPages: 200, mostPages: 1_000 },
    ];
    const held = claims.map((claim) => claim.mostPages);
    const price = (claim: Claim, pages: number) => {
      const active = Math.min(1, claim.activePages / pages);
      return claim.shares / (pages * (active + 4 * (1 - active)));
    };
    for (let taken = 0; taken < 1_400; taken++) {
      let victim = -1;
      claims.forEach((claim, i) => {
        if ((held[i] as number) <= claim.leastPages) return;
        if (victim < 0 || price(claim, held[i] as number) < price(claims[victim] as Claim, held[victim] as number)) victim = i;
      });
      (held[victim] as number)--;
    }
    allocate(claims, 1_600, 0.75).forEach((pages, i) => {
      expect(Math.abs(pages - (held[i] as number))).toBeLessThanOrEqual(2);
    });
  });
});

function sumOf(claims: readonly Claim[], key: "leastPages" | "mostPages"): number {
  return claims.reduce((total, claim) => total + claim[key], 0);
}

describe("shares-idle-tax", () => {
  it("does nothing while there is plenty and no balloon is out", () => {
    const view = hostView([vmView(0, { residentPages: 1_000 }), vmView(1, { residentPages: 1_000 })], 18_000, {
      state: HostState.HOST_STATE_HIGH,
    });
    expect(policyNamed("shares-idle-tax").decide(view)).toEqual([]);
  });

  it("leaves free memory above the high threshold when it was below", () => {
    const view = hostView([vmView(0), vmView(1)], 20_500);
    const targets = policyNamed("shares-idle-tax").decide(view);
    const sum = targets.reduce((total, decision) => total + decision.targetPages, 0);
    expect(20_500 - sum).toBeGreaterThan(plentyPages(view.thresholds));
    expect(20_500 - sum).toBeLessThan(plentyPages(view.thresholds) + 5);
  });

  it("lets balloons out again when memory comes free", () => {
    const vms = [vmView(0, { targetPages: 6_000, residentPages: 2_000 }), vmView(1, { targetPages: 6_000, residentPages: 6_000 })];
    const view = hostView(vms, 13_000, { state: HostState.HOST_STATE_HIGH });
    for (const { targetPages } of policyNamed("shares-idle-tax").decide(view)) expect(targetPages).toBeGreaterThan(6_000);
  });

  it("makes no balloon larger than 65 % of a VM, unless it is told to", () => {
    const vms = [vmView(0, { activePages: 0, minimumPages: 1_000 }), vmView(1, { shares: 100_000 })];
    const target = (options: Record<string, unknown>) =>
      policyNamed("shares-idle-tax", options).decide(hostView(vms, 11_000))[0]?.targetPages;
    expect(target({})).toBe(3_500);
    expect(target({ largestBalloon: 1 })).toBe(1_000);
  });
});

describe("static", () => {
  it("sets each VM's own target, else its group's", () => {
    const policy = policyNamed("static", { targets: { a: "20MiB", web: "24MiB" } });
    const view = hostView([vmView(0, { name: "a" }), vmView(1, { name: "b", group: "web" }), vmView(2, { name: "c" })], 40_000);
    expect(policy.decide(view)).toEqual([
      { vm: 0, targetPages: 20 * MIB },
      { vm: 1, targetPages: 24 * MIB },
    ]);
  });

  it("refuses a target below a minimum, and a name that nothing has", () => {
    expect(() => policyNamed("static", { targets: { a: "1MiB" } })).toThrow(/targets\.a: 256 pages is not from the minimum \(2000\)/);
    expect(() => policyNamed("static", { targets: { nobody: "20MiB" } })).toThrow(/names no VM and no group/);
  });
});

describe("registry", () => {
  it("lists policies under names of their own, each with its source", () => {
    const names = POLICIES.map((module) => module.name);
    expect(new Set(names).size).toBe(names.length);
    for (const module of POLICIES) expect(module.source.length + module.summary.length).toBeGreaterThan(20);
  });

  it("says what there is when a name is not known", () => {
    expect(() => policyNamed("shares-idel-tax")).toThrow(AerostatError);
    expect(() => policyNamed("shares-idel-tax")).toThrow(/host\.policy\.name: .*did you mean "shares-idle-tax".*allowed: .*static.*none/);
  });

  it("says which parameters there are when one is not known or wrong", () => {
    expect(() => policyNamed("shares-idle-tax", { taxes: 1 })).toThrow(/options\.taxes: is not a parameter .*did you mean "tax".*interval/);
    expect(() => policyNamed("shares-idle-tax", { tax: 2 })).toThrow(/host\.policy\.options\.tax: 2 is out of range/);
    expect(() => policyNamed("none", { tax: 0.5 })).toThrow(/has no parameters/);
  });
});

describe("hyperv", () => {
  it("reads the same demand from Hyper-V's driver, whose report has balloon and floor in it, as from virtio's", () => {
    const [sizePages, presentPages, committedPages] = [10_000, 6_000, 3_000];
    const common = { actualPages: presentPages, takenAtNs: 0, action: 0 };
    const virtio = { ...common, totalPages: presentPages, committedPages };
    const own = { ...common, committedPages: committedPages + (sizePages - presentPages) + floorPages(presentPages) };
    const [first, second] = [virtio, own].map((stats) => {
      const policy = policyNamed("hyperv", { reportDelay: "0s" });
      const vm = vmView(0, { minimumPages: 100, targetPages: presentPages, actualPages: presentPages, stats });
      return policy.decide({ ...hostView([vm], 1_000_000), nowNs: 2e9 });
    });
    expect(first).toHaveLength(1);
    expect(second).toEqual(first);
  });
});
