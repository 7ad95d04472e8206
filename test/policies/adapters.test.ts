/** The originals' loops around their arithmetic: intervals, start, silent guests, stuck drivers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hasher } from "../../lib/engine/hasher.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { balanceAvailable } from "../../services/hypervisor/policies/balance-available.ts";
import { hyperv } from "../../services/hypervisor/policies/hyperv.ts";
import { limitCache } from "../../services/hypervisor/policies/limit-cache.ts";
import { mom } from "../../services/hypervisor/policies/mom.ts";
import type { Policy, PolicyModule } from "../../services/hypervisor/policies/policy.ts";
import { proxmox } from "../../services/hypervisor/policies/proxmox.ts";
import { qmemman } from "../../services/hypervisor/policies/qmemman.ts";
import { POLICIES } from "../../services/hypervisor/policies/registry.ts";
import { selfBalloon } from "../../services/hypervisor/policies/self-balloon.ts";
import { senpai } from "../../services/hypervisor/policies/senpai.ts";
import { squeezed } from "../../services/hypervisor/policies/squeezed.ts";
import { vdsm, vdsmBalloon } from "../../services/hypervisor/policies/vdsm.ts";
import { GIB_PAGES, MIB_PAGES, ToyHost, type ToyVm } from "./world.ts";

/** All but those that read more of a scenario than this file gives them. */
const modules = POLICIES.filter(({ name }) => name !== "esx" && name !== "static");

function make(module: PolicyModule<never> | PolicyModule, options: Record<string, unknown> = {}): Policy {
  const anyModule = module as PolicyModule;
  return anyModule.create(anyModule.options.parse(options) as never, {} as Scenario);
}

function digestOf(policy: Policy): string {
  const hasher = new Hasher();
  policy.digest?.(hasher);
  return hasher.hex();
}

describe("proxmox", () => {
  test("a VM starts at its minimum; the first cycle does nothing; then 100 MiB a cycle until the goal", () => {
    const host = new ToyHost(make(proxmox as never), 8 * GIB_PAGES, [{ usedPages: 4 * GIB_PAGES, speed: GIB_PAGES }]);
    host.run(0.1);
    expect(host.targets).toEqual([GIB_PAGES / 2]);
    host.run(9.9);
    expect(host.targets).toEqual([GIB_PAGES / 2]);
    host.run(10);
    expect(host.targets).toEqual([GIB_PAGES / 2 + 100 * MIB_PAGES]);
    host.run(10);
    expect(host.targets).toEqual([GIB_PAGES / 2 + 200 * MIB_PAGES]);
  });

  test("a silent guest's last figures count for ever: it is asked for the same step again and again", () => {
    const vms = [{ usedPages: 2 * GIB_PAGES }, { usedPages: 2 * GIB_PAGES }];
    const host = new ToyHost(make(proxmox as never, { startAtMinimum: false }), 3 * GIB_PAGES, vms);
    host.run(10);
    (host.vms[0] as ToyVm).isSilent = true;
    host.run(60);
    expect(host.targets[0]).toBe(4 * GIB_PAGES - 100 * MIB_PAGES);
    expect(host.targets[1]).toBeLessThan(4 * GIB_PAGES - 500 * MIB_PAGES);
  });
});

test("mom decides every 10 s from readings of every 5 s; vdsm with ballooning off never shrinks a guest", () => {
  const vms = [{ usedPages: 2 * GIB_PAGES }, { usedPages: 2 * GIB_PAGES }];
  const shrinking = new ToyHost(make(mom as never), 4 * GIB_PAGES, vms);
  shrinking.run(30.1);
  const times = shrinking.answers.filter(({ answer }) => answer.decisions.length > 0).map(({ atS }) => atS);
  expect(times).toEqual([10, 20, 30]);
  let pages = 4 * GIB_PAGES;
  for (let cycle = 0; cycle < 3; cycle++) pages = Math.ceil(Math.trunc(pages * 4 * 0.95) / 4);
  expect(shrinking.targets[0]).toBe(pages);
  const still = new ToyHost(make(vdsm as never), 4 * GIB_PAGES, vms);
  still.run(60);
  expect(still.targets).toEqual([4 * GIB_PAGES, 4 * GIB_PAGES]);
  const vdsmHost = new ToyHost(make(vdsmBalloon as never), 4 * GIB_PAGES, vms);
  vdsmHost.run(16);
  expect(vdsmHost.targets[0]).toBe(Math.ceil(Math.trunc(4 * (4 * GIB_PAGES) * 0.95) / 4));
});

describe("squeezed", () => {
  test("divides an overcommitted host by one fraction, and keeps the slush free", () => {
    const host = new ToyHost(make(squeezed as never), 8 * GIB_PAGES, [{}, {}, {}, {}]);
    host.run(60);
    const free = 8 * GIB_PAGES - host.assignedPages;
    expect(free).toBeGreaterThanOrEqual(72 * MIB_PAGES);
    expect(free).toBeLessThan(72 * MIB_PAGES + MIB_PAGES);
    expect(new Set(host.targets).size).toBe(1);
  });

  test("leaves a stuck driver out after 5 s; the others pay", () => {
    const host = new ToyHost(make(squeezed as never), 8 * GIB_PAGES, [{ speed: 0 }, {}, {}, {}]);
    host.run(60);
    expect(host.actual[0]).toBe(4 * GIB_PAGES);
    const others = host.actual.slice(1);
    for (const pages of others) expect(Math.abs(pages - (4 * GIB_PAGES - 72 * MIB_PAGES) / 3)).toBeLessThan(MIB_PAGES);
  });
});

test("qmemman gives memory to the guest that uses more, taken from the one that has it to spare", () => {
  const host = new ToyHost(make(qmemman as never), 8 * GIB_PAGES, [
    { usedPages: GIB_PAGES / 2, minimumPages: 0 },
    { usedPages: 3 * GIB_PAGES, minimumPages: 0 },
    { usedPages: GIB_PAGES, minimumPages: 0 },
  ]);
  host.run(60);
  expect(host.assignedPages).toBeLessThanOrEqual(8 * GIB_PAGES);
  expect(host.actual[1]).toBeGreaterThan(3 * GIB_PAGES);
  expect(host.actual[0]).toBeLessThan(2 * GIB_PAGES);
});

test("hyperv: startup memory, no demand for 45 s, then demand and buffer; a silent guest keeps what it has", () => {
  const host = new ToyHost(make(hyperv as never), 16 * GIB_PAGES, [
    { committedPages: 2 * GIB_PAGES, minimumPages: GIB_PAGES },
    { committedPages: 2 * GIB_PAGES, minimumPages: GIB_PAGES, isSilent: true },
  ]);
  host.run(44);
  expect(host.targets).toEqual([GIB_PAGES, GIB_PAGES]);
  host.run(30);
  expect(host.targets[0]).toBeGreaterThan(2 * GIB_PAGES * 1.2);
  expect(host.targets[0]).toBeLessThan(2.9 * GIB_PAGES);
  expect(host.targets[1]).toBe(GIB_PAGES);
});

describe("chromeos", () => {
  test("balance-available inflates where the guest has more to spare than the host, not on its first figures", () => {
    const host = new ToyHost(make(balanceAvailable as never), 4 * GIB_PAGES, [{ usedPages: GIB_PAGES }, { usedPages: 3.5 * GIB_PAGES }]);
    host.run(1.5);
    expect(host.targets).toEqual([4 * GIB_PAGES, 4 * GIB_PAGES]);
    host.run(2);
    expect(host.targets[0]).toBeLessThan(4 * GIB_PAGES);
  });

  test("the stall rule: a driver that does not move is let off by 128 MiB and left alone for 10 s", () => {
    const vms = [{ usedPages: GIB_PAGES, speed: MIB_PAGES }, { usedPages: 3.5 * GIB_PAGES }];
    const host = new ToyHost(make(balanceAvailable as never), 4 * GIB_PAGES, vms);
    host.run(3.5);
    const balloons: number[] = [];
    for (let s = 0; s < 20; s++) {
      host.run(1);
      balloons.push(4 * GIB_PAGES - (host.targets[0] as number));
    }
    const stalledAt = balloons.findIndex((pages, s) => s > 0 && pages < (balloons[s - 1] as number));
    expect(stalledAt).toBeGreaterThanOrEqual(2);
    expect(stalledAt).toBeLessThanOrEqual(5);
    expect(new Set(balloons.slice(stalledAt, stalledAt + 9))).toEqual(new Set([0]));
    const without = new ToyHost(make(balanceAvailable as never, { stallRule: false }), 4 * GIB_PAGES, vms);
    without.run(13.5);
    expect(without.targets[0]).toBeLessThan(4 * GIB_PAGES);
  });

  test("limit-cache takes free memory beyond the reserve, and cache only when the host is short", () => {
    const vms = [{ usedPages: GIB_PAGES, cachePages: 2 * GIB_PAGES }];
    const rich = new ToyHost(make(limitCache as never), 16 * GIB_PAGES, vms);
    rich.run(10);
    expect(rich.actual[0]).toBeGreaterThan(3 * GIB_PAGES);
    expect(rich.actual[0]).toBeLessThan(3.5 * GIB_PAGES);
    const short = new ToyHost(make(limitCache as never), 3.1 * GIB_PAGES, vms);
    short.run(60);
    expect(short.actual[0]).toBeLessThan(2 * GIB_PAGES);
  });
});

test("senpai squeezes a quiet guest, lets a stalling one go, and leaves a silent one alone", () => {
  const host = new ToyHost(make(senpai as never), 16 * GIB_PAGES, [{}, {}, { isSilent: true }]);
  for (let s = 0; s < 60; s++) {
    (host.psiSomeNs[1] as number) += 50_000_000;
    host.run(1);
  }
  expect(host.targets[0]).toBeLessThan(GIB_PAGES);
  expect(host.targets[1]).toBe(4 * GIB_PAGES);
  expect(host.targets[2]).toBe(4 * GIB_PAGES);
});

test("self-balloon follows committed memory by a tenth of the way every 2 s, at once upwards, to its cap", () => {
  const host = new ToyHost(make(selfBalloon as never), 16 * GIB_PAGES, [{ committedPages: GIB_PAGES }]);
  host.run(4.1);
  expect(host.targets[0]).toBeLessThan(4 * GIB_PAGES * 0.95);
  host.run(120);
  expect(host.targets[0]).toBeLessThan(1.25 * GIB_PAGES);
  (host.vms[0] as ToyVm).committedPages = 3 * GIB_PAGES;
  host.run(4);
  expect(host.targets[0]).toBe(1.5 * GIB_PAGES);
});

const anyVm = fc.record({
  sizePages: fc.integer({ min: 64 * MIB_PAGES, max: 8 * GIB_PAGES }),
  minimumShare: fc.double({ min: 0, max: 1, noNaN: true }),
  usedShare: fc.double({ min: 0, max: 1.5, noNaN: true }),
  cacheShare: fc.double({ min: 0, max: 1, noNaN: true }),
  committedPages: fc.integer({ min: 0, max: 8 * GIB_PAGES }),
  shares: fc.integer({ min: 1, max: 50_000 }),
  speed: fc.integer({ min: 0, max: GIB_PAGES }),
  hasDriver: fc.boolean(),
  isSilent: fc.boolean(),
});

test.each(modules.map((module) => [module.name, module] as const))(
  "property: %s answers nothing unsound, and the same twice over",
  (_name, module) => {
    fc.assert(
      fc.property(fc.array(anyVm, { maxLength: 5 }), fc.integer({ min: MIB_PAGES, max: 16 * GIB_PAGES }), (rows, memoryPages) => {
        const vms = rows.map(({ minimumShare, usedShare, cacheShare, ...vm }) => ({
          ...vm,
          minimumPages: Math.trunc(vm.sizePages * minimumShare),
          usedPages: Math.trunc(vm.sizePages * usedShare),
          cachePages: Math.trunc(vm.sizePages * cacheShare),
        }));
        const policies = [make(module), make(module)] as const;
        const hosts = policies.map((policy) => new ToyHost(policy, memoryPages, vms));
        for (const host of hosts) host.run(33);
        expect(hosts[0]?.errors).toEqual([]);
        expect(hosts[1]?.targets).toEqual(hosts[0]?.targets);
        expect(digestOf(policies[1])).toBe(digestOf(policies[0]));
        for (const [i, target] of (hosts[0]?.targets ?? []).entries()) {
          expect(target).toBeGreaterThanOrEqual((vms[i] as ToyVm).minimumPages);
          expect(target).toBeLessThanOrEqual((vms[i] as ToyVm).sizePages);
        }
      }),
      { numRuns: 40 },
    );
  },
);

test("a policy's own names, summaries and defaults: every option has a default and a description", () => {
  for (const module of modules) {
    expect(module.summary).toMatch(/\.$/);
    expect(module.source.length).toBeGreaterThan(10);
    const policy = make(module);
    expect(policy.intervalNs).toBeGreaterThanOrEqual(100_000_000);
    expect(() => module.options.parse({ nonsense: 1 })).toThrow(/nonsense/);
  }
  expect(new Set(modules.map(({ name }) => name)).size).toBe(modules.length);
});
