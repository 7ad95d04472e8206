/** What balloon drivers do differently, and what can ail one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DRIVER_SPEEDS, type DriverKind } from "../../lib/scenario/driver.ts";
import { floorPages } from "../../lib/scenario/hypervfloor.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { type BalloonReport, BalloonState, FaultKind } from "../../lib/wire/messages.ts";
import { Balloon } from "../../services/guest/balloon/balloon.ts";
import { turnsTheBalloon } from "../../services/guest/balloon/faults.ts";
import { type Bench, benchOf, type FakeHost, guestOf } from "./fakehost.ts";

const MS = 1_000_000;
const SECOND = 1_000 * MS;
const SIZE = 262_144;
const KINDS = ["virtio", "virtio-huge", "virtio-mem", "vmware", "hyperv"] as const satisfies readonly DriverKind[];
const DRIVER_FAULTS = Object.entries(FaultKind).filter(([name]) => name.startsWith("FAULT_KIND_DRIVER"));

function guestWith(kind: DriverKind, change: Partial<GuestConfig["driver"]> = {}): GuestConfig {
  return guestOf({ driver: { kind, ...DRIVER_SPEEDS[kind], deflateOnOom: false, freePageReporting: false, ...change } });
}

function balloonOf(kind: DriverKind, change: Partial<GuestConfig["driver"]> = {}): Balloon {
  const balloon = new Balloon(guestWith(kind, change).driver, SIZE);
  balloon.loaded = true;
  return balloon;
}

function lastReport(bench: Bench): BalloonReport {
  return bench.host.reports.at(-1)?.body as BalloonReport;
}

/** Sets targets at times in seconds. */
function orders(targets: Readonly<Record<number, number>>): { act: (host: FakeHost, nowNs: number) => void } {
  return {
    act: (host, nowNs) => {
      for (const [atS, pages] of Object.entries(targets)) if (nowNs === Number(atS) * SECOND + 25 * MS) host.setTarget(pages);
    },
  };
}

describe("VMware's driver", () => {
  test("looks for its target at whole seconds, and then moves in batches of 512", () => {
    const balloon = balloonOf("vmware");
    balloon.order(SIZE - 5_000, 1, 300 * MS);
    expect(balloon.request(300 * MS, 600 * MS, 0)).toBe(0);
    const asked = balloon.request(900 * MS, 105 * MS, 0);
    expect(asked).toBe(4 * 512);
  });

  test("takes at most 65 % of the guest", () => {
    const bench = benchOf(guestWith("vmware"), orders({ 10: 30_000 })).to(120);
    expect(bench.monitor.last.balloonPages).toBe(Math.floor(SIZE * 0.65));
    expect(bench.monitor.last.balloonState).toBe(BalloonState.BALLOON_STATE_AT_TARGET);
  });

  test("keeps an excess below 2 MiB, unless nothing is to be kept", () => {
    const balloon = balloonOf("vmware");
    balloon.order(SIZE - 5_120, 1, 0);
    balloon.moved(5_120, balloon.request(SECOND, SECOND, 0), 0, SECOND, SECOND);
    balloon.order(SIZE - 5_120 + 511, 2, 2 * SECOND);
    expect([balloon.active, balloon.report().doneAtNs]).toEqual([false, 2 * SECOND]);
    balloon.order(SIZE - 5_120 + 512, 3, 2 * SECOND);
    expect(balloon.request(3 * SECOND, SECOND, 0)).toBe(-512);
    const last = balloonOf("vmware");
    last.order(SIZE - 100, 1, 0);
    last.moved(100, last.request(SECOND, SECOND, 0), 0, SECOND, SECOND);
    last.order(SIZE, 2, 2 * SECOND);
    expect(last.request(3 * SECOND, SECOND, 0)).toBe(-100);
  });

  test("does not inflate for 5 s after it gave pages back, and then does by itself", () => {
    const balloon = balloonOf("vmware", { deflateOnOom: true });
    balloon.order(SIZE - 5_120, 1, 0);
    balloon.moved(5_120, balloon.request(SECOND, SECOND, 0), 0, SECOND, SECOND);
    expect(balloon.giveBack(256, 2_300 * MS)).toBe(256);
    expect(balloon.request(7 * SECOND, SECOND, 0)).toBe(0);
    expect(balloon.request(8 * SECOND, SECOND, 0)).toBe(256);
  });

  test("deflates in those 5 s as at any time", () => {
    const balloon = balloonOf("vmware", { deflateOnOom: true });
    balloon.order(SIZE - 5_120, 1, 0);
    balloon.moved(5_120, balloon.request(SECOND, SECOND, 0), 0, SECOND, SECOND);
    balloon.giveBack(256, 2_300 * MS);
    balloon.order(SIZE, 2, 2_500 * MS);
    expect(balloon.request(3 * SECOND, SECOND, 0)).toBe(-(5_120 - 256));
  });

  test("gives everything back when the host starts anew, and comes to its target again", () => {
    const restarts = (kind: DriverKind): Bench => {
      const targets = orders({ 10: SIZE - 20_480 });
      return benchOf(guestWith(kind), {
        act: (host, nowNs) => {
          targets.act(host, nowNs);
          if (nowNs === 20 * SECOND + 25 * MS) host.restart();
        },
      });
    };
    const bench = restarts("vmware").to(20.5);
    const back = bench.host.reports.filter(({ body }) => (body as BalloonReport).actualPages === SIZE);
    expect(back.length).toBeGreaterThan(0);
    bench.to(40);
    expect(bench.monitor.last.balloonPages).toBe(20_480);
    expect(restarts("virtio").to(40).monitor.last.balloonPages).toBe(20_480);
  });
});

describe("Hyper-V's driver", () => {
  test("the floor is compute_balloon_floor()'s", () => {
    // MiB of memory, and of its floor; at each seam both sides agree.
    for (const [memory, floor] of [
      [64, 40],
      [128, 72],
      [256, 104],
      [512, 168],
      [1_024, 232],
      [2_048, 360],
      [4_096, 488],
      [8_192, 744],
      [16_384, 1_000],
    ] as const) {
      expect(floorPages(memory * 256)).toBe(floor * 256);
    }
  });

  test("stops at the floor, says how much it was, and does not try again", () => {
    const bench = benchOf(guestWith("hyperv"), orders({ 10: 30_000 })).to(60);
    const { balloonPages, balloonState } = bench.monitor.last;
    expect(balloonState).toBe(BalloonState.BALLOON_STATE_AT_TARGET);
    expect(balloonPages).toBeLessThan(SIZE - 30_000);
    expect(lastReport(bench)).toMatchObject({ action: 1, actualPages: SIZE - balloonPages, state: BalloonState.BALLOON_STATE_AT_TARGET });
    bench.to(90);
    expect(bench.monitor.last.balloonPages).toBe(balloonPages);
  });

  test("reports available and committed memory, the floor and the balloon with it, from 45 s on", () => {
    const bench = benchOf(guestWith("hyperv"), orders({ 10: SIZE - 20_480 })).to(44);
    expect(Object.keys(bench.host.stats.at(-1) ?? {}).sort()).toEqual(["action", "actualPages", "takenAtNs"]);
    bench.to(60);
    const stats = bench.host.stats.at(-1);
    const { kernelPages, balloonPages } = bench.monitor.last;
    expect(balloonPages).toBe(20_480);
    expect(stats?.committedPages).toBeGreaterThanOrEqual(kernelPages + balloonPages + floorPages(SIZE - balloonPages));
    expect(stats?.availablePages).toBeGreaterThan(0);
    expect(stats?.freePages).toBeUndefined();
  });
});

test.each(KINDS)("%s: untouched memory goes at its own speed", (kind) => {
  const { inflatePagesPerS, inflateUntouchedPagesPerS } = DRIVER_SPEEDS[kind];
  const balloon = balloonOf(kind);
  balloon.order(0, 1, 0);
  const ms = kind === "virtio" || kind === "vmware" || kind === "hyperv" ? 100 : 1;
  const backed = (inflatePagesPerS / 1_000) * ms * 0.5;
  // VMware's has not looked for it before 1 s.
  const asked = balloon.request(SECOND, ms * MS, backed);
  const wanted = backed + (inflateUntouchedPagesPerS / 1_000) * ms * 0.5;
  expect(Math.abs(asked - Math.min(wanted, SIZE * 0.65))).toBeLessThanOrEqual(512);
});

describe("faults", () => {
  const begin = (kind: number, amount = 1) => ({ kind, amount, active: true, fault: 1 });
  const end = (kind: number) => ({ kind, active: false, fault: 1 });

  test("a driver that goes gives everything back and says nothing; one that comes inflates to the target at once", () => {
    const bench = benchOf(guestWith("virtio"), orders({ 10: SIZE - 20_480 }));
    bench.fault(20, begin(FaultKind.FAULT_KIND_DRIVER_MISSING));
    bench.fault(30, end(FaultKind.FAULT_KIND_DRIVER_MISSING));
    bench.to(19.9);
    const told = bench.host.reports.length;
    bench.to(29);
    expect(bench.monitor.last.balloonPages).toBe(0);
    expect(bench.host.reports.length).toBe(told);
    expect(bench.host.stats.at(-1)).toEqual({ actualPages: SIZE, takenAtNs: 29 * SECOND, action: 1 });
    bench.to(35);
    expect(bench.monitor.last.balloonPages).toBe(20_480);
  });

  test("a slow one takes so many times as long", () => {
    const tookNs = (amount: number): number => {
      const bench = benchOf(guestWith("virtio"), orders({ 10: SIZE - 65_536 }));
      if (amount > 1) bench.fault(5, begin(FaultKind.FAULT_KIND_DRIVER_SLOW, amount));
      const report = lastReport(bench.to(60));
      return report.doneAtNs - report.receivedAtNs;
    };
    // A quiet guest begins at the next step, 75 ms later.
    expect((tookNs(20) - 75 * MS) / (tookNs(1) - 75 * MS)).toBeCloseTo(20, 0);
  });

  test("one that refuses takes nothing, and gives back", () => {
    const bench = benchOf(guestWith("virtio"), orders({ 10: SIZE - 20_480, 20: SIZE - 40_960, 30: SIZE - 2_048 }));
    bench.fault(15, begin(FaultKind.FAULT_KIND_DRIVER_REFUSING));
    bench.to(29);
    expect(bench.monitor.last).toMatchObject({ balloonPages: 20_480, balloonState: BalloonState.BALLOON_STATE_BACKING_OFF });
    expect(bench.to(40).monitor.last.balloonPages).toBe(2_048);
  });

  test.each([
    ["over", FaultKind.FAULT_KIND_DRIVER_OVER_REPORTING, -1],
    ["under", FaultKind.FAULT_KIND_DRIVER_UNDER_REPORTING, 1],
  ])("%s-reporting: what is said is off by a share of the memory, what is so is not", (_name, kind, sign) => {
    const bench = benchOf(guestWith("virtio"), orders({ 10: SIZE - 20_480 }));
    bench.fault(5, begin(kind, 0.25));
    bench.to(20);
    expect(bench.monitor.last.balloonPages).toBe(20_480);
    const told = SIZE - 20_480 + sign * (SIZE / 4);
    expect(bench.host.stats.at(-1)?.actualPages).toBe(told);
    expect(lastReport(bench).actualPages).toBe(told);
  });

  test("a fault of what it says does not make it inflate again what it gave back", () => {
    const balloon = balloonOf("virtio", { deflateOnOom: true });
    balloon.order(SIZE - 5_120, 1, 0);
    balloon.moved(5_120, balloon.request(0, SECOND, 0), 0, 0, SECOND);
    balloon.giveBack(256, SECOND);
    const faults = DRIVER_FAULTS.filter(([, kind]) => turnsTheBalloon(kind)).map(([name]) => name);
    expect(faults).toEqual(["FAULT_KIND_DRIVER_MISSING", "FAULT_KIND_DRIVER_DEFLATING"]);
    expect(balloon.active).toBe(false);
  });

  test("stale statistics are those of when the fault began", () => {
    const bench = benchOf(guestWith("virtio"), orders({ 20: SIZE - 20_480 }));
    bench.fault(15.5, begin(FaultKind.FAULT_KIND_DRIVER_STALE));
    bench.fault(30.5, end(FaultKind.FAULT_KIND_DRIVER_STALE));
    bench.to(30);
    expect(bench.host.stats.at(-1)).toMatchObject({ takenAtNs: 15 * SECOND, actualPages: SIZE });
    expect(bench.to(32).host.stats.at(-1)).toMatchObject({ takenAtNs: 32 * SECOND, actualPages: SIZE - 20_480 });
  });

  test("one that deflates on its own is empty, and comes back to its target when it heals", () => {
    const bench = benchOf(guestWith("virtio"), orders({ 10: SIZE - 20_480 }));
    bench.fault(20, begin(FaultKind.FAULT_KIND_DRIVER_DEFLATING));
    bench.fault(30, end(FaultKind.FAULT_KIND_DRIVER_DEFLATING));
    expect(bench.to(29).monitor.last).toMatchObject({ balloonPages: 0, targetPages: SIZE - 20_480 });
    expect(bench.to(35).monitor.last.balloonPages).toBe(20_480);
  });

  test("every driver keeps its account through any of them, and is at its target after they heal", () => {
    const fault = fc.record({
      kind: fc.constantFrom(...DRIVER_FAULTS.map(([, kind]) => kind as number)),
      atS: fc.integer({ min: 5, max: 25 }),
      forS: fc.integer({ min: 1, max: 8 }),
      amount: fc.constantFrom(0.2, 1, 10),
    });
    const targets = fc.record({ 8: fc.integer({ min: 180_000, max: SIZE }), 18: fc.integer({ min: 180_000, max: SIZE }) });
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.array(fault, { minLength: 1, maxLength: 4 }), targets, (kind, faults, wanted) => {
        const bench = benchOf(guestWith(kind), orders(wanted));
        for (const [i, { kind: what, atS, forS, amount }] of faults.entries()) {
          bench.fault(atS + i / 4, { kind: what, amount, fault: i + 1 });
          bench.fault(atS + forS + i / 4, { kind: what, fault: i + 1, active: false });
        }
        // Each sample audits the guest: a broken account throws.
        bench.to(70);
        const { balloonPages, targetPages } = bench.monitor.last;
        const off = SIZE - targetPages - balloonPages;
        if (kind === "vmware") expect(off > -512 && off <= 0).toBe(true);
        // Hyper-V's takes what the guest could spare for the answer.
        else if (kind === "hyperv") expect(off).toBeGreaterThanOrEqual(0);
        else expect(off).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});
