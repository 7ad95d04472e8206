/** The actor in a running kernel: boot, quiet, steps, stalls, evictions, out of memory, restarts. */
import { describe, expect, test } from "vitest";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import { watermarksOf } from "../../lib/scenario/watermarks.ts";
import { EventKind, FaultKind } from "../../lib/wire/messages.ts";
import { type Bench, benchOf, type FakeHost, guestOf, type HostOptions } from "./fakehost.ts";

const MS = 1_000_000;

/** Does something to the host at one tick. */
function at(atMs: number, deed: (host: FakeHost) => void): NonNullable<HostOptions["act"]> {
  return (host, nowNs) => {
    if (nowNs === (atMs + 25) * MS) deed(host);
  };
}

function withRegion(change: Partial<GuestConfig["workload"]["regions"][number]>, guest: Partial<GuestConfig> = {}): GuestConfig {
  const base = guestOf(guest);
  const [region] = base.workload.regions;
  return { ...base, workload: { ...base.workload, regions: [{ ...(region as GuestConfig["workload"]["regions"][number]), ...change }] } };
}

describe("boot", () => {
  test("says hello until it is welcomed, boots, touches the kernel's pages, then the workload's", () => {
    const guest = guestOf();
    const bench = benchOf(guest, { act: at(2_500, (host) => (host.silent = false)) });
    bench.host.silent = true;
    bench.to(2.1);
    expect(bench.host.hellos).toBe(3);
    bench.to(10);
    expect(bench.host.hellos).toBe(4);
    const { last, events } = bench.monitor;
    expect([last.kernelPages, last.anonymousPages]).toEqual([guest.kernelPages, 131_072]);
    expect(events.map((event) => event.kind)).toEqual([EventKind.EVENT_KIND_BOOT]);
    // It holds what it touched, and its credit.
    expect(last.heldPages).toBe(guest.kernelPages + 131_072 + guest.creditPages);
    expect(bench.host.ledger.resident(0)).toBe(last.heldPages);
  });

  test("runs at N / Z operations a second without pressure, each of think time", () => {
    const bench = benchOf(guestOf()).to(20);
    const { last } = bench.monitor;
    expect(last.operations).toBeCloseTo(20_000, 6);
    expect(last.unpressedOperations).toBeCloseTo(20_000, 6);
    expect(last.operationLatency?.bucket.length).toBe(1);
    expect(last.faultLatency).toBeNull();
  });
});

test("a quiet guest sends no demand and sets no timer but that of statistics and samples", () => {
  const bench = benchOf(guestOf()).to(10);
  const [events, demands] = [bench.kernel.eventsRun, bench.host.demands.length];
  bench.to(110);
  expect(bench.host.demands.length).toBe(demands);
  // Each second: a timer, a sample and a heartbeat arriving; and the host's ten ticks.
  expect(bench.kernel.eventsRun - events).toBe(100 * (3 + 10));
  expect(bench.monitor.sum("operations", 10)).toBeCloseTo(100 * 20_000, 3);
});

test("samples and statistics come at their own intervals", () => {
  const { host, monitor } = benchOf(guestOf(), {}, { sampleNs: 3e9 }).to(18);
  expect(monitor.samples.map(({ intervalNs }) => intervalNs)).toEqual(new Array(6).fill(3e9));
  expect(host.stats.map(({ takenAtNs }) => takenAtNs)).toEqual(Array.from({ length: 18 }, (_, i) => (i + 1) * 1e9));
});

test("quiet again after a squeeze and its recovery", () => {
  const act: HostOptions["act"] = (host, nowNs) => {
    if (nowNs === 10_025 * MS) host.setTarget(110_000);
    if (nowNs === 40_025 * MS) host.setTarget(262_144);
  };
  const bench = benchOf(guestOf(), { act }).to(100);
  const demands = bench.host.demands.length;
  bench.to(130);
  expect(bench.host.demands.length).toBe(demands);
  expect(bench.monitor.last).toMatchObject({ balloonPages: 0, swappedPages: 0, anonymousPages: 131_072 });
  expect(bench.host.ledger.resident(0)).toBe(bench.monitor.last.heldPages);
});

test.each([10, 200, 1_000])("steps of %s ms come to the same amounts", (ms) => {
  const run = (stepMs: number): Bench => {
    const act: HostOptions["act"] = (host, nowNs) => {
      if (nowNs >= 10_000 * MS && host.target.action === 0) host.setTarget(98_304);
      if (nowNs >= 60_000 * MS && host.target.action === 1) host.setTarget(262_144);
    };
    return benchOf(guestOf(), { act }, { stepNs: stepMs * MS }).to(90);
  };
  const [ours, reference] = [run(ms), run(100)];
  for (const name of ["operations", "swapInPages", "swapOutPages", "majorFaults"] as const) {
    const ratio = ours.monitor.sum(name) / reference.monitor.sum(name);
    expect(Math.abs(ratio - 1), `${name}: ${ratio}`).toBeLessThan(name === "operations" ? 0.03 : 0.05);
  }
  for (const second of [50, 58]) {
    const [a, b] = [ours.monitor.samples[second], reference.monitor.samples[second]];
    expect(Math.abs((a?.operations as number) / (b?.operations as number) - 1)).toBeLessThan(0.03);
  }
});

test("the same seed gives the same digest, another seed another", () => {
  const digest = (seed: number): string | undefined => {
    const bench = benchOf(
      guestOf(),
      { act: at(5_000, (host) => host.setTarget(98_304)) },
      { seed, network: { latencyNs: 50_000, jitterNs: 20_000 } },
    );
    return bench.to(30).kernel.digests().get(FIRST_GUEST);
  };
  expect(digest(1)).toBe(digest(1));
  expect(digest(1)).not.toBe(digest(2));
});

describe("link", () => {
  test("without a grant the guest stands still, counts it, and asks for the same step again", () => {
    const guest = withRegion({ pages: 300_000 });
    const bench = benchOf(guest, { machinePages: 1 << 20, act: (host, nowNs) => (host.silent = nowNs > 20e9 && nowNs < 23e9) });
    bench.to(30);
    const stalled = bench.monitor.samples.map((sample) => sample.linkStallNs);
    expect(stalled.slice(20, 24)).toEqual([1e9, 1e9, 1e9, 0]);
    expect(bench.monitor.sum("linkStallNs")).toBe(3e9);
    expect(bench.monitor.samples[21]?.operations).toBe(0);
    expect(bench.monitor.samples[21]?.unpressedOperations).toBeCloseTo(20_000, 0);
    const steps = bench.host.demands.map((demand) => demand.step);
    expect(steps.filter((step) => step === steps.find((other, i) => steps[i + 1] === other)).length).toBe(31);
    expect(bench.monitor.last.operations).toBeGreaterThan(0);
  });

  test("a blocked guest does nothing", () => {
    const bench = benchOf(withRegion({ pages: 300_000 }), { act: (host, nowNs) => (host.blocked = nowNs > 20e9 && nowNs < 25e9) }).to(30);
    expect(bench.monitor.samples[22]).toMatchObject({ operations: 0, swapInPages: 0, stalledNs: 1e9, linkStallNs: 0 });
    expect(bench.monitor.last.operations).toBeGreaterThan(0);
  });
});

describe("host swapping", () => {
  const evictAndTell = (pages: number) => (host: FakeHost) => {
    host.evict(pages);
    host.context.send(FIRST_GUEST, "stepGrant", host.standing());
  };

  test("evicted pages are missed by the touch, cost a read and a machine page each, and all come back", () => {
    const bench = benchOf(withRegion({ law: { kind: "uniform" } }), { act: at(10_000, evictAndTell(50_000)) }).to(12);
    expect(bench.monitor.samples[9]?.hostSwappedPages).toBe(0);
    // The kernel touches its own pages seldom.
    bench.to(150);
    const { last } = bench.monitor;
    const back = bench.monitor.sum("hostSwapInPages");
    // Kernel pages, anonymous pages and the credit shared the loss; the credit is gone without a read.
    expect(back).toBeGreaterThan(49_700);
    expect(back).toBeLessThanOrEqual(50_000);
    expect(last.hostSwappedPages).toBe(0);
    expect(bench.host.ledger.resident(0)).toBe(last.heldPages);
    expect(bench.monitor.samples[11]?.operations).toBeLessThan(20_000);
    expect(last.operations).toBeCloseTo(20_000, 0);
    // The guest's own swap is not involved.
    expect(bench.monitor.sum("swapInPages")).toBe(0);
  });

  test("when all have come back the guest has nothing left to ask for, however long their return fades away", () => {
    const bench = benchOf(withRegion({ law: { kind: "uniform" } }), { act: at(10_000, evictAndTell(50_000)) }).to(600);
    for (const { threads, thinkNs } of bench.host.demands) expect(Number.isFinite(threads) && Number.isFinite(thinkNs)).toBe(true);
    const demands = bench.host.demands.length;
    expect(bench.to(700).host.demands.length).toBe(demands);
  });

  test("an unasked grant tells a quiet guest, which takes it up at its heartbeat", () => {
    const bench = benchOf(guestOf(), { act: at(10_300, evictAndTell(10_000)) }).to(10);
    const demands = bench.host.demands.length;
    bench.to(10.9);
    expect(bench.host.demands.length).toBe(demands);
    bench.to(12);
    expect(bench.host.demands.length).toBeGreaterThan(demands);
    expect(bench.monitor.last.hostSwappedPages).toBeGreaterThan(0);
  });

  test("a quiet guest that lost only what it had in reserve says once that it knows", () => {
    const base = guestOf({ creditPages: 20_000 });
    const idle = { ...base, kernelPages: 4, workload: { ...base.workload, threads: 0, regions: [] } };
    const bench = benchOf(idle, { act: at(10_300, evictAndTell(1_000)) }).to(10);
    const demands = bench.host.demands.length;
    bench.to(30);
    expect(bench.host.ledger.evictedTotal(0)).toBe(1_000);
    expect(bench.host.ledger.unseen(0)).toBe(0);
    expect(bench.host.demands.length).toBe(demands + 1);
  });

  test("a full host makes the guest wait for machine pages", () => {
    const bench = benchOf(guestOf(), { machinePages: 80_000 }).to(30);
    const { last } = bench.monitor;
    expect(last.anonymousPages).toBeLessThan(80_000);
    expect(bench.host.ledger.freePages).toBe(0);
    // The guest's kernel has free pages and sees no pressure; its program waits nevertheless.
    expect(last.freePages).toBeGreaterThan(100_000);
    expect(last.psiSomeNs).toBe(0);
    expect(last.stalledNs / MS).toBeCloseTo(250, 0);
  });
});

describe("out of memory", () => {
  const hungry = (change: Partial<GuestConfig["driver"]> = {}): GuestConfig => {
    const base = withRegion({ pages: 100_000 }, { swapPages: 0 });
    const phases = [{ atNs: 20_000 * MS, name: "grow", regions: { heap: { pages: 150_000 } } }];
    return { ...base, driver: { ...base.driver, ...change }, workload: { ...base.workload, phases } };
  };
  const squeeze = at(5_000, (host) => host.setTarget(130_000));

  test("inflation alone never kills: it stops at the min watermark and tries again", () => {
    const bench = benchOf(withRegion({ pages: 100_000 }, { swapPages: 0 }), { act: at(5_000, (host) => host.setTarget(65_536)) }).to(60);
    const { last } = bench.monitor;
    expect(bench.monitor.sum("oomKills")).toBe(0);
    expect(last.balloonState).toBe(3);
    // min_free_kbytes of 1 GiB is 4 MiB.
    expect(last.freePages).toBe(1024);
    expect(last.operations).toBeCloseTo(20_000, 0);
  });

  test("the watermarks follow from the size, unless the guest has its own", () => {
    const free = (guest: GuestConfig) =>
      benchOf({ ...guest, swapPages: 0 }, { act: at(5_000, (host) => host.setTarget(65_536)) }).to(30).monitor.last.freePages;
    // calculate_min_free_kbytes(): sqrt(16 times the size in KiB) KiB; a GiB has 1,024 pages.
    expect(free(guestOf())).toBe(1_024);
    expect(free(guestOf({ watermarks: { minPages: 11_264, lowPages: 14_080, highPages: 16_896 } }))).toBe(11_264);
  });

  test("growth into the balloon kills the workload, which starts again later", () => {
    const bench = benchOf(hungry(), { act: squeeze }).to(60);
    expect(bench.monitor.sum("oomKills")).toBeGreaterThanOrEqual(2);
    const kills = bench.monitor.events.filter((event) => event.kind === EventKind.EVENT_KIND_OOM_KILL);
    expect(kills.length).toBe(bench.monitor.sum("oomKills"));
    expect(bench.monitor.samples.some((sample) => sample.anonymousPages === 0 && sample.kernelPages > 0)).toBe(true);
    expect(bench.monitor.last.balloonPages).toBe(262_144 - 130_000);
  });

  test("with deflate-on-OOM the balloon gives way instead", () => {
    const bench = benchOf(hungry({ deflateOnOom: true }), { act: squeeze }).to(60);
    expect(bench.monitor.sum("oomKills")).toBe(0);
    expect(bench.monitor.last.anonymousPages).toBe(150_000);
    expect(bench.monitor.last.balloonPages).toBeLessThan(262_144 - 130_000);
  });

  test("what the balloon gives lies on the per-CPU lists first, out of the watermark check's sight: e-oomon-grow", () => {
    const base = hungry({ deflateOnOom: true });
    const phases = [1, 2, 3, 4, 5].map((i) => ({
      atNs: (20_000 + 1_000 * i) * MS,
      name: "grow",
      regions: { heap: { pages: 100_000 + 2_700 * i } },
    }));
    const bench = benchOf({ ...base, workload: { ...base.workload, phases } }, { act: squeeze }).to(40);
    const { minPages } = watermarksOf(262_144);
    const { perCpuPages, freePages } = bench.monitor.last;
    expect(perCpuPages).toBeGreaterThan(0);
    expect(freePages - perCpuPages).toBeGreaterThanOrEqual(minPages);
    expect(freePages).toBeGreaterThan(minPages + 256);
  });
});

test("growth that needs swap on a slow disk does not starve the threads that work", () => {
  const base = withRegion({ pages: 180_000 });
  const phases = [{ atNs: 10_000 * MS, name: "grow", regions: { heap: { pages: 400_000 } } }];
  const bench = benchOf({ ...base, workload: { ...base.workload, phases } }, { writePagesPerS: 2_000 }).to(60);
  const growing = bench.monitor.samples.slice(30, 59);
  expect(bench.monitor.last.anonymousPages + bench.monitor.last.swappedPages).toBeLessThan(400_000);
  for (const sample of growing) {
    // The growing thread has at least its share of the 2,000 pages a second, and the others the rest.
    expect(sample.swapInPages).toBeGreaterThan(400);
    expect(sample.swapOutPages).toBeGreaterThan(1_500);
    expect(sample.unpressedOperations / sample.operations).toBeLessThan(50);
  }
  const grown = bench.monitor.last.swappedPages - (bench.monitor.samples[30]?.swappedPages ?? 0);
  expect(grown / 29).toBeGreaterThan(300);
});

describe("leases", () => {
  const squeezed = at(5_000, (host) => host.setTarget(200_000));

  test("after a crash and restart the driver inflates to the old target again", () => {
    const bench = benchOf(guestOf(), { act: squeezed });
    bench.fault(10, { kind: FaultKind.FAULT_KIND_CRASH });
    bench.fault(12, { kind: FaultKind.FAULT_KIND_CRASH, active: false });
    bench.to(30);
    expect(bench.monitor.last).toMatchObject({ balloonPages: 62_144, targetPages: 200_000, kernelPages: 16_384 });
    expect(bench.host.hellos).toBe(2);
    expect(bench.host.ledger.resident(0)).toBe(bench.monitor.last.heldPages);
  });

  test("a fenced guest boots anew in place", () => {
    const fence = at(10_000, (host) => {
      host.ledger.close(0);
      host.context.send(FIRST_GUEST, "fenced", { reason: "silent for 30 s" });
    });
    const act: HostOptions["act"] = (...tick) => {
      squeezed(...tick);
      fence(...tick);
    };
    const bench = benchOf(guestOf(), { act }).to(30);
    expect(bench.host.hellos).toBe(2);
    const kinds = bench.monitor.events.map((event) => event.kind);
    expect(kinds).toEqual([EventKind.EVENT_KIND_BOOT, EventKind.EVENT_KIND_LEASE_ENDED, EventKind.EVENT_KIND_BOOT]);
    expect(bench.monitor.last).toMatchObject({ balloonPages: 62_144, anonymousPages: 131_072 });
    expect(bench.host.stats.at(-1)?.minorFaultsTotal).toBe(16_384 + 131_072);
    expect(bench.host.ledger.resident(0)).toBe(bench.monitor.last.heldPages);
  });

  test("a host that restarts in mid-run learns what is held, and goes on from there", () => {
    const act: HostOptions["act"] = (host, nowNs) => {
      if (nowNs === 5_025 * MS) host.setTarget(110_000);
      if (nowNs === 9_025 * MS) host.restart();
    };
    const bench = benchOf(guestOf(), { act }).to(60);
    expect(bench.host.inventories.length).toBe(1);
    expect(bench.host.refused).toBe(0);
    expect(bench.monitor.last.balloonPages).toBe(262_144 - 110_000);
    expect(bench.host.demands.at(-1)?.hostEpoch).toBe(2);
  });

  test("an inventory whose welcome is lost is told again, the same", () => {
    const act: HostOptions["act"] = (host, nowNs) => {
      if (nowNs === 9_025 * MS) host.restart();
    };
    const bench = benchOf(guestOf(), { act });
    bench.fault(9, { kind: FaultKind.FAULT_KIND_LINK_DROP, peer: FIRST_GUEST, fault: 1 }, HYPERVISOR);
    bench.fault(9.02, { kind: FaultKind.FAULT_KIND_LINK_DROP, peer: FIRST_GUEST, fault: 1, active: false }, HYPERVISOR);
    bench.fault(9.03, { kind: FaultKind.FAULT_KIND_LINK_DROP, fault: 2, allPeers: true });
    bench.fault(10.5, { kind: FaultKind.FAULT_KIND_LINK_DROP, fault: 2, active: false });
    bench.to(20);
    const [first, ...again] = bench.host.inventories;
    expect(again).toEqual(again.map(() => first));
    expect(bench.host.ledger.resident(0)).toBe(bench.monitor.last.heldPages);
  });
});

describe("driver stuck", () => {
  test("nothing moves until it heals, then the target is reached", () => {
    const bench = benchOf(guestOf(), { act: at(6_000, (host) => host.setTarget(200_000)) });
    bench.fault(5, { kind: FaultKind.FAULT_KIND_DRIVER_STUCK });
    bench.fault(20, { kind: FaultKind.FAULT_KIND_DRIVER_STUCK, active: false });
    bench.to(19);
    expect(bench.monitor.last).toMatchObject({ balloonPages: 0, targetPages: 200_000 });
    expect(bench.host.stats.at(-1)?.action).toBe(1);
    bench.to(25);
    expect(bench.monitor.last.balloonPages).toBe(62_144);
  });
});

describe("access sampling", () => {
  test("the host learns the touched share, and no more", () => {
    const ask: HostOptions["act"] = (host, nowNs) => {
      if (Math.floor(nowNs / MS) % 5_000 === 25) host.context.send(FIRST_GUEST, "sampleAccess", { pages: 4_000, periodNs: 5e9 });
    };
    const idle = benchOf(withRegion({ pages: 131_072 }), { act: ask });
    idle.to(60);
    const shares = idle.host.accesses.slice(3).map((sample) => sample.touched / sample.pages);
    // A million touches in 5 s of 131,072 pages by Zipf 0.8, of 262,144 in all; and part of the kernel's.
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(0.57);
    }
    expect(new Set(shares).size).toBeGreaterThan(3);
    expect(idle.host.accesses.at(-1)?.periodNs).toBe(5e9);
  });

  test("counts of a sample in progress come in as they rise; it is over after its period, and the next begins at 0", () => {
    const ask: HostOptions["act"] = (host, nowNs) => {
      if (Math.floor(nowNs / MS) % 1_000 === 25) host.context.send(FIRST_GUEST, "sampleAccess", { pages: 4_000, periodNs: 4.5e9 });
    };
    const bench = benchOf(withRegion({ pages: 131_072 }), { act: ask }).to(60);
    const looks = bench.host.accesses.slice(20);
    const first = looks.findIndex(({ over }) => over) + 1;
    for (const [i, { touched, periodNs, over }] of looks.slice(first).entries()) {
      expect([periodNs, over]).toEqual([((i % 5) + 1) * 1e9, i % 5 === 4]);
      if (i % 5 > 0) expect(touched).toBeGreaterThanOrEqual(looks[first + i - 1]?.touched as number);
      else expect(touched).toBeLessThan(looks[first + i - 1]?.touched ?? Number.POSITIVE_INFINITY);
    }
  });

  test("a frame counts as touched when another page comes into it: what a streaming reader reads in the period", () => {
    const ask: HostOptions["act"] = (host, nowNs) => {
      if (Math.floor(nowNs / MS) % 5_000 === 25) host.context.send(FIRST_GUEST, "sampleAccess", { pages: 10_000, periodNs: 4.5e9 });
    };
    const stream = withRegion({ kind: "file", law: { kind: "scan" }, pages: 400_000, writes: 0 });
    const bench = benchOf(stream, { act: ask, serviceNs: 5_000_000 }).to(200);
    const sizePages = stream.sizePages;
    const readPages = bench.monitor.sum("fileReadPages", 100) / 20;
    for (const { touched, pages } of bench.host.accesses.slice(-5)) {
      const [share, expected] = [touched / pages, readPages / sizePages];
      // The kernel's pages are touched as well.
      expect(share).toBeGreaterThan(expected - 0.02);
      expect(share).toBeLessThan(expected + stream.kernelPages / sizePages + 0.02);
      expect(expected).toBeGreaterThan(0.05);
    }
  });
});

describe("phases", () => {
  test("growth, shrinkage and a shift, each told", () => {
    const base = guestOf();
    const phases = [
      { atNs: 10_000 * MS, name: "grow", regions: { heap: { pages: 180_000 } } },
      { atNs: 20_000 * MS, name: "shrink", threads: 2, regions: { heap: { pages: 40_000 } } },
      { atNs: 30_000 * MS, name: "shift", regions: { heap: { shift: 0.5 } } },
    ];
    const bench = benchOf({ ...base, workload: { ...base.workload, phases } }).to(40);
    const { samples, events } = bench.monitor;
    expect(samples[15]?.anonymousPages).toBe(180_000);
    expect(samples[25]).toMatchObject({ anonymousPages: 40_000 });
    expect(samples[25]?.operations).toBeCloseTo(10_000, 3);
    // What was freed is still held: that is what the balloon is for.
    expect(samples[25]?.heldPages).toBeGreaterThan(180_000);
    expect(events.filter((event) => event.kind === EventKind.EVENT_KIND_PHASE).map((event) => event.detail)).toEqual([
      "grow",
      "shrink",
      "shift",
    ]);
  });
});
