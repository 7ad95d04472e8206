import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { phaseLines } from "../../cli/terminal/summary.ts";
import { CONDUCTOR, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { Hasher } from "../../lib/engine/hasher.ts";
import { Random } from "../../lib/engine/random.ts";
import { bucketOf, LAST_BUCKET } from "../../lib/histogram.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { EventKind } from "../../lib/wire/messages.ts";
import { Aggregator, type TelemetryMessage } from "../../services/monitor/aggregate/aggregator.ts";
import { Allowance } from "../../services/monitor/aggregate/allowance.ts";
import { BucketCounts } from "../../services/monitor/aggregate/buckets.ts";
import { eventName } from "../../services/monitor/aggregate/events.ts";
import { jainIndex } from "../../services/monitor/aggregate/fairness.ts";
import { MOST_SLOWDOWN } from "../../services/monitor/aggregate/flow.ts";
import { GapLedger } from "../../services/monitor/aggregate/gaps.ts";
import { percentilesOf } from "../../services/monitor/aggregate/percentiles.ts";
import { phaseAt, windowsOf } from "../../services/monitor/aggregate/phases.ts";
import { liveView } from "../../services/monitor/live.ts";
import { summarise } from "../../services/monitor/summary.ts";
import { renderSummaryTable } from "../../services/monitor/summary-table.ts";
import { FakeLinks, fakeSample, fakeScenario, fakeTelemetry } from "./fake.ts";

function aggregated(messages: Iterable<TelemetryMessage>, scenario = fakeScenario()): Aggregator {
  const aggregator = new Aggregator(scenario);
  for (const message of messages) if (aggregator.admit(message) >= 0) aggregator.take(message);
  return aggregator;
}

describe("aggregates", () => {
  const scenario = fakeScenario();
  const messages = [...fakeTelemetry(scenario)];
  const aggregator = aggregated(messages);
  const summary = summarise(aggregator);

  it("sum each VM's samples, as adding them by hand does", () => {
    const own = messages.flatMap((m) => (m.kind === "guestSample" && m.source === FIRST_GUEST + 2 ? [m.body] : []));
    const vm = summary.vms[2];
    expect(own.length).toBe(120);
    expect(vm?.swapInPages).toBe(own.reduce((sum, body) => sum + body.swapInPages, 0));
    expect(vm?.swapInPages).toBeGreaterThan(0);
    expect(vm?.slowdown).toBeCloseTo((1000 * 120) / own.reduce((sum, body) => sum + body.operations, 0), 10);
    expect(vm?.worstSlowdown).toBeCloseTo(Math.max(...own.map((body) => 1000 / body.operations)), 10);
    expect(vm?.psiSomeShare).toBeCloseTo(own.reduce((sum, body) => sum + body.psiSomeNs, 0) / (120 * SECOND_NS), 10);
    expect(vm?.peaks.balloonPages).toBe(Math.max(...own.map((body) => body.balloonPages)));
    expect(aggregator.guests[2]?.latest).toBe(own.at(-1));
  });

  it("tell how late each service's ticks ran, the monitor's and the conductor's only by the monitor's own word", () => {
    const links = new FakeLinks();
    const lag = (source: number, service: number, lagNs: number) =>
      links.message(source, "serviceSample", SECOND_NS, { service, intervalNs: SECOND_NS, lagNs });
    const told = [lag(MONITOR, MONITOR, 3e6), lag(MONITOR, CONDUCTOR, 9e6), lag(FIRST_GUEST, CONDUCTOR, 9e9), lag(MONITOR, MONITOR, 1e6)];
    const figures = summarise(aggregated([...messages, ...told]));
    const { guest, hypervisor, monitor, conductor } = figures.lag;
    for (const each of [guest, hypervisor]) expect(each?.maxNs).toBeCloseTo(2e6, -5);
    expect([monitor?.count, monitor?.maxNs, conductor?.count]).toEqual([2, expect.closeTo(3e6, -5), 1]);
    const table = renderSummaryTable(figures);
    expect(table).toMatch(/^lag .*\n +guest +hypervisor +monitor +conductor\n/m);
    expect(table).toMatch(/^ +max .* 9(\.\d+)? ms$/m);
    expect(renderSummaryTable(summarise(aggregated([])))).not.toMatch(/^lag/m);
    // Guests that ran 2 ms late, with steps of 1 ms: said before the first figure.
    expect(table).not.toContain("this machine's");
    expect(renderSummaryTable({ ...figures, stepNs: 1e6 })).toMatch(
      /^guests and the host ran later than a step, 1 ms \(p99 2(\.\d+)? ms; .*this machine's.*\nvm +slowdown /,
    );
    const { lag: late } = figures;
    expect(renderSummaryTable({ ...figures, stepNs: 1e6, lag: { ...late, guest: null } })).toMatch(/^the host ran later than a step/);
  });

  it("add up the bus: messages, rates, and how long they took", () => {
    const { guests, hypervisor } = summary.bus;
    expect(guests.sentPerS).toBeCloseTo(guests.sent / 120, 10);
    expect(hypervisor.sent).toBe(messages.reduce((sum, m) => sum + (m.kind === "hostSample" ? m.body.messagesSent : 0), 0));
    expect(guests.latencyMeanNs).toBeCloseTo((500_000 * 120 * 4) / guests.received, 6);
    expect(summary.telemetry.latency?.p50Ns).toBeCloseTo(100_000, -4);
  });

  it("split the run at the scenario's phases, and nothing is left out", () => {
    expect(summary.phases.map((phase) => [phase.name, phase.fromNs / SECOND_NS, phase.toNs / SECOND_NS])).toEqual([
      ["calm", 0, 30],
      ["shift", 30, 60],
      ["storm", 60, 90],
      ["recovery", 90, 120],
    ]);
    for (const [index, vm] of summary.vms.entries()) {
      expect(summary.phases.reduce((sum, phase) => sum + (phase.vms[index]?.swapOutPages ?? 0), 0)).toBe(vm.swapOutPages);
    }
    expect(summary.phases.map((phase) => phase.host.spanNs / SECOND_NS)).toEqual([30, 30, 30, 30]);
  });

  it("tell the time in each host state and the disk's utilisation", () => {
    const { host } = summary;
    expect(Object.keys(host.stateNs).sort()).toEqual(["hard", "high", "soft"]);
    expect(Object.values(host.stateNs).reduce((sum, ns) => sum + ns, 0)).toBe(120 * SECOND_NS);
    expect(host.diskUtilisation).toBeGreaterThan(0.3);
    expect(host.worstDiskUtilisation).toBeLessThanOrEqual(1);
    expect(host.leastFreePages).toBeGreaterThan(0);
  });

  it("give control latency by leg, of completed actions alone", () => {
    expect(summary.control).toMatchObject({ actions: 24, completed: 16, superseded: 8 });
    const { total, reclaim, bus } = summary.control.legs;
    expect(total?.count).toBe(16);
    expect(total?.p50Ns).toBeGreaterThan(reclaim?.p50Ns ?? 0);
    expect(bus?.maxNs).toBeLessThan(151_600);
  });

  it("count an interval in which next to nothing was done as stood still, not as a slowdown of millions", () => {
    const stood = messages.map((m, i) =>
      m.kind === "guestSample" && m.source === FIRST_GUEST ? { ...m, body: { ...m.body, operations: i % 2 === 0 ? 0.9 : 1e-9 } } : m,
    );
    const vm = summarise(aggregated(stood)).vms[0];
    expect(vm?.idledIntervals).toBe(120);
    expect([vm?.slowdown, vm?.worstSlowdown]).toEqual([null, MOST_SLOWDOWN]);
    expect(liveView(aggregated(stood)).vms[0]).toMatchObject({ slowdown: null, idled: true });
  });

  it("tell the worst interval as no better than the mean: a VM that stood still in one of them has stood still at worst", () => {
    let taken = 0;
    const pausing = messages.map((m) =>
      m.kind === "guestSample" && m.source === FIRST_GUEST ? { ...m, body: { ...m.body, operations: taken++ < 118 ? 0 : 1000 } } : m,
    );
    const figures = summarise(aggregated(pausing));
    expect(figures.vms[0]).toMatchObject({ idledIntervals: 118, slowdown: 60, worstSlowdown: MOST_SLOWDOWN });
    expect(renderSummaryTable(figures)).toMatch(/^vm-01 +60\.00x +stands +/m);
    for (const vm of figures.vms) expect(vm.worstSlowdown).toBeGreaterThanOrEqual(vm.slowdown as number);
  });

  it("put oom kills on the timeline, and first boots in the counts alone", () => {
    expect(summary.events.counts).toEqual({ boot: 4, "oom-kill": 1 });
    expect(summary.events.lines.map((line) => [line.kind, line.name])).toEqual([["oom-kill", "vm-02"]]);
  });

  it("show the run as it is now", () => {
    const view = liveView(aggregator);
    expect(view.vms.map((vm) => vm.name)).toEqual(["vm-01", "vm-02", "vm-03", "vm-04"]);
    const { memory } = view.vms[0] as (typeof view.vms)[0];
    const kinds =
      memory.kernelPages + memory.balloonPages + memory.freePages + memory.anonymousPages + memory.cacheCleanPages + memory.cacheDirtyPages;
    expect(kinds).toBe(memory.sizePages);
    expect(view.phase).toBe("recovery");
    expect(view.host.state).toBe("high");
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });

  it("come as a table of at most 118 columns that names every VM", () => {
    const text = renderSummaryTable(summary);
    for (const vm of summary.vms) expect(text).toContain(vm.name);
    expect(text).toContain("16 completed");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(118);
  });

  it("depend on the messages alone", () => {
    const digest = (aggregator: Aggregator): string => {
      const hasher = new Hasher();
      aggregator.digest(hasher);
      return hasher.hex();
    };
    expect(digest(aggregated(messages))).toBe(digest(aggregator));
    const changed = messages.map((m, i) =>
      i === 50 && m.kind === "guestSample" ? { ...m, body: { ...m.body, swapInPages: m.body.swapInPages + 1 } } : m,
    );
    expect(changed[50]).not.toEqual(messages[50]);
    expect(digest(aggregated(changed))).not.toBe(digest(aggregator));
  });

  it("show a VM that nothing was heard of, without inventing figures", () => {
    const silent = aggregated(messages.filter((m) => m.source !== FIRST_GUEST));
    expect(summarise(silent).vms[0]).toMatchObject({ samples: 0, slowdown: null, operationLatency: null, last: null });
    expect(liveView(silent).vms[0]).toMatchObject({ seen: false, slowdown: null });
  });
});

describe("the gap ledger", () => {
  const scenario = fakeScenario({ guests: 1 });

  it("counts and names every hole, whatever is lost or doubled", () => {
    const all = [...fakeTelemetry(scenario)];
    const fates = fc.array(fc.constantFrom("pass", "pass", "lose", "double"), { minLength: all.length, maxLength: all.length });
    fc.assert(
      fc.property(fates, (fate) => {
        const arrived = all.flatMap((message, i) => (fate[i] === "lose" ? [] : fate[i] === "double" ? [message, message] : [message]));
        const { gaps } = aggregated(arrived, scenario);
        for (const source of [HYPERVISOR, FIRST_GUEST]) {
          const sequences = arrived.filter((m) => m.source === source).map((m) => m.sequence);
          const last = Math.max(0, ...sequences);
          const ledger = gaps.sources[source];
          expect(ledger?.accepted).toBe(new Set(sequences).size);
          expect(ledger?.lost).toBe(last - new Set(sequences).size);
          const named = gaps.gaps
            .filter((gap) => gap.source === source)
            .flatMap((gap) => Array.from({ length: gap.to - gap.from + 1 }, (_, i) => gap.from + i));
          expect(named).toEqual(Array.from({ length: last }, (_, i) => i + 1).filter((sequence) => !sequences.includes(sequence)));
        }
        expect(gaps.refused).toBe(fate.filter((f) => f === "double").length);
      }),
      { numRuns: 50 },
    );
  });

  it("starts anew with each incarnation and refuses the older one", () => {
    const aggregator = new Aggregator(scenario);
    const links = new FakeLinks();
    const event = { kind: 1, subject: FIRST_GUEST, amount: 0, detail: "" };
    const old = [1, 2, 3].map(() => links.message(FIRST_GUEST, "eventRecord", 1, event, 1));
    const young = [1, 2].map(() => links.message(FIRST_GUEST, "eventRecord", 2, event, 2));
    const order = [old[0], old[1], young[1], old[2]] as TelemetryMessage[];
    expect(order.map((message) => aggregator.admit(message))).toEqual([0, 0, 1, -1]);
    expect(aggregator.gaps.gaps).toMatchObject([{ source: FIRST_GUEST, incarnation: 2, from: 1, to: 1 }]);
  });

  it("takes an event from whom it is to tell, and of a VM from itself or its host", () => {
    const [mine, others] = [FIRST_GUEST, FIRST_GUEST + 1];
    const taken = (source: number, kind: number, subject: number): boolean => {
      const event = { kind, subject, amount: 0, detail: "" };
      return new Aggregator(scenario).admit(new FakeLinks().message(source, "eventRecord", 1, event)) >= 0;
    };
    const kinds = Object.values(EventKind);
    const told = (source: number, subject: number) => kinds.filter((kind) => taken(source, kind, subject)).map(eventName);
    expect(told(mine, mine)).toEqual(["boot", "phase", "oom-kill", "lease-ended"]);
    for (const subject of [others, HYPERVISOR, MONITOR, CONDUCTOR, 99]) expect(told(mine, subject)).toEqual([]);
    expect(told(HYPERVISOR, mine)).toEqual(["host-state", "lease-ended", "ledger-rebuilt", "link-gap", "policy-error", "policy-notice"]);
    expect(told(CONDUCTOR, mine)).toEqual(["fault"]);
    for (const source of [MONITOR, 99]) expect(told(source, source)).toEqual([]);
    expect(taken(mine, 77, mine)).toBe(false);
  });

  it("refuses a sample whose latencies have buckets that none are, before anybody makes room for them", () => {
    const aggregator = new Aggregator(scenario);
    const sample = [...fakeTelemetry(scenario)].find((m) => m.kind === "guestSample") as TelemetryMessage & { kind: "guestSample" };
    const admitted = (bucket: number[], count: number[], which: "faultLatency" | "operationLatency" = "faultLatency"): number =>
      aggregator.admit({ ...sample, body: { ...sample.body, [which]: { bucket, count } } });
    expect(admitted([LAST_BUCKET + 1], [1])).toBe(-1);
    expect(admitted([100_000_000], [1], "operationLatency")).toBe(-1);
    expect(admitted([4_000_000_000], [1])).toBe(-1);
    expect(admitted([7, 5], [1, 1])).toBe(-1);
    expect(admitted([5, 5], [1, 1])).toBe(-1);
    expect(admitted([5, 7], [1])).toBe(-1);
    expect(admitted([5], [1, 1])).toBe(-1);
    expect(admitted([0, 5, LAST_BUCKET], [1, 1, 1])).toBeGreaterThanOrEqual(0);
  });

  it("takes nobody's word for another: a sample of the host from a guest is refused", () => {
    const aggregator = new Aggregator(scenario);
    const links = new FakeLinks();
    const forged = [...fakeTelemetry(scenario, links)].find((m) => m.kind === "hostSample") as TelemetryMessage;
    expect(aggregator.admit({ ...forged, source: FIRST_GUEST })).toBe(-1);
    expect(aggregator.admit({ ...forged, source: 99 })).toBe(-1);
    expect(aggregator.admit(forged)).toBe(0);
  });
});

describe("what a VM may tell in all", () => {
  const short = fakeScenario({ guests: 2, seconds: 20 });
  const event = (subject: number) => ({ kind: EventKind.EVENT_KIND_OOM_KILL, subject, amount: 1, detail: "x".repeat(1_000) });

  it.each(["eventRecord", "guestSample"] as const)(
    "is bounded by the run's time: a flood of %s is refused, counted, and a hole",
    (kind) => {
      const aggregator = new Aggregator(short);
      const links = new FakeLinks();
      const random = new Random(1, "fake", "flood");
      const tell = (source: number, atNs: number): boolean => {
        const body = kind === "eventRecord" ? event(source) : fakeSample(0.5, 0, random);
        const message = links.message(source, kind, atNs, body);
        const isTaken = aggregator.admit(message) >= 0;
        if (isTaken) aggregator.take(message);
        return isTaken;
      };
      const [intervalNs, more] = kind === "eventRecord" ? [short.stepNs, 1_000] : [short.sampleNs, 100];
      let taken = 0;
      for (let i = 0; i < 5_000; i++) if (tell(FIRST_GUEST, Math.floor((i * short.durationNs) / 5_000))) taken++;
      const most = more + short.durationNs / intervalNs + (short.guests[0]?.workload.phases.length ?? 0);
      expect(taken).toBeGreaterThan(more);
      expect(taken).toBeLessThanOrEqual(most + 1);
      const [flooding, other] = aggregator.gaps.sources.slice(FIRST_GUEST);
      expect(flooding).toMatchObject({ accepted: taken, refused: 5_000 - taken });
      expect((flooding?.accepted ?? 0) + (flooding?.lost ?? 0)).toBe(flooding?.sequence);
      // The flood of one takes nothing from another.
      expect(tell(FIRST_GUEST + 1, short.durationNs)).toBe(true);
      expect(other?.refused).toBe(0);
      expect(renderSummaryTable(summarise(aggregator))).toContain(`${5_000 - taken} refused`);
    },
  );

  it("is never too little for a sample each interval and an event each step", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (samples) => {
        const allowance = new Allowance({ ...short, sampleNs: samples * short.stepNs });
        const links = new FakeLinks();
        for (let step = 0; step < 2_000; step++) {
          const kinds = step % samples === 0 ? (["guestSample", "eventRecord"] as const) : (["eventRecord"] as const);
          for (const kind of kinds) {
            const message = links.message(FIRST_GUEST, kind, step * short.stepNs, event(FIRST_GUEST));
            expect(allowance.admits(message)).toBe(true);
            allowance.note(message);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("the ledger of gaps", () => {
  it("lists the newest 4,096 in order and counts all", () => {
    const ledger = new GapLedger(FIRST_GUEST + 1);
    const links = new FakeLinks();
    const body = { kind: 0, subject: 0, amount: 0, detail: "" };
    for (let i = 1; i <= 5_000; i++) ledger.admit({ ...links.message(FIRST_GUEST, "eventRecord", i, body), sequence: 2 * i });
    expect([ledger.gapsSeen, ledger.lost, ledger.gaps.length]).toEqual([5_000, 5_000, 4_096]);
    expect(ledger.gaps.map(({ from }) => from)).toEqual(Array.from({ length: 4_096 }, (_, i) => 2 * (905 + i) - 1));
  });
});

describe("latency percentiles", () => {
  it("are within a bucket's and HdrHistogram's resolution of the exact ones", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 200, max: 900_000_000_000 }), { minLength: 1, maxLength: 300 }), (values) => {
        const counts = new BucketCounts();
        for (const value of values) counts.addCount(bucketOf(value), 1);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
        const found = percentilesOf(counts);
        expect(found?.count).toBe(values.length);
        for (const [got, share] of [
          [found?.p50Ns, 0.5],
          [found?.p99Ns, 0.99],
          [found?.p999Ns, 0.999],
          [found?.maxNs, 1],
        ] as const) {
          expect(Math.abs((got ?? 0) / exact(share) - 1)).toBeLessThan(0.04);
        }
      }),
    );
  });

  it("do not depend on the scale of the counts: they exist for less than one expected event", () => {
    const share = fc.tuple(fc.integer({ min: 200, max: 900_000_000_000 }), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 30 }), fc.constantFrom(2 ** -30, 2 ** -11, 2 ** 20), (shares, scale) => {
        const [plain, scaled] = [new BucketCounts(), new BucketCounts()];
        for (const [valueNs, count] of shares) {
          plain.addCount(bucketOf(valueNs), count);
          scaled.addCount(bucketOf(valueNs), count * scale);
        }
        expect({ ...percentilesOf(scaled), count: 0 }).toEqual({ ...percentilesOf(plain), count: 0 });
      }),
    );
    const counts = new BucketCounts();
    counts.addCount(bucketOf(8_000_000), 0.0004);
    expect((percentilesOf(counts)?.p50Ns ?? 0) / 8_000_000).toBeCloseTo(1, 1);
    expect(percentilesOf(new BucketCounts())).toBeNull();
  });
});

describe("fairness and phases", () => {
  it("is Jain's index", () => {
    expect(jainIndex([1, 1, 1, 1])).toBe(1);
    expect(jainIndex([1, 0, 0, 0])).toBe(0.25);
    expect(jainIndex([])).toBeNull();
    expect(jainIndex([4, 2])).toBeCloseTo(36 / 40, 12);
  });

  it("finds the phase in which most of an interval lies", () => {
    const phases = windowsOf(fakeScenario({ seconds: 40 }));
    expect(phaseAt(phases, 10 * SECOND_NS, SECOND_NS)).toBe(0);
    expect(phaseAt(phases, 10.4 * SECOND_NS, SECOND_NS)).toBe(0);
    expect(phaseAt(phases, 10.6 * SECOND_NS, SECOND_NS)).toBe(1);
    expect(phaseAt(phases, 40 * SECOND_NS, SECOND_NS)).toBe(3);
  });
});

describe("what is not on record", () => {
  const scenario = fakeScenario({ guests: 3, seconds: 40 });
  const until = (last: (message: TelemetryMessage) => number): string =>
    renderSummaryTable(
      summarise(
        aggregated(
          [...fakeTelemetry(scenario)].filter((m) => m.sentAtNs <= last(m) * SECOND_NS),
          scenario,
        ),
      ),
    );

  it("is said of a run whose monitor died: telemetry ends, and what the host did is of a part of the run", () => {
    const table = until(() => 10);
    expect(table).toContain("telemetry ends at 10 s of 40 s");
    expect(table).toContain("seen for 10 s of 40 s");
    expect(until(() => 38)).toContain("seen for 38 s of 40 s");
    expect(until(() => 40)).not.toMatch(/telemetry ends|not heard|seen for/);
  });

  it("is not said where the host's last sample came a moment early, as on the wall clock", () => {
    const early = (message: TelemetryMessage): TelemetryMessage =>
      message.kind === "hostSample" && message.sentAtNs > 39.5 * SECOND_NS ? { ...message, sentAtNs: 39.9 * SECOND_NS } : message;
    const table = renderSummaryTable(summarise(aggregated([...fakeTelemetry(scenario)].map(early), scenario)));
    expect(table).not.toContain("seen for");
  });

  it("is said of each source that was not heard to the end", () => {
    const table = until((m) => (m.source === FIRST_GUEST + 1 ? 20 : m.source === HYPERVISOR ? 37 : 40));
    expect(table).toContain("vm-02: not heard after 20 s of 40 s");
    expect(table).toContain("host: not heard after 37 s of 40 s");
    expect(table).not.toMatch(/vm-0[13]: not heard/);
  });

  it("has no figures: a VM and a phase that nobody heard of", () => {
    const summary = summarise(aggregated([...fakeTelemetry(scenario)].filter((m) => m.source !== FIRST_GUEST && m.sentAtNs <= 15e9)));
    expect(renderSummaryTable(summary)).toMatch(/^vm-01( +-){12}$/m);
    expect(phaseLines(summary).at(-1)).toMatch(/^recovery( +-){6}$/);
  });

  it("is no fault of a VM that boots later than the run ends", () => {
    const guests = scenario.guests.map((guest, i) => (i === 0 ? { ...guest, bootNs: 50e9 } : guest));
    const late = { ...scenario, guests };
    const summary = summarise(
      aggregated(
        [...fakeTelemetry(scenario)].filter((m) => m.source !== FIRST_GUEST),
        late,
      ),
      39.5e9,
    );
    expect(summary.telemetry.sources).toEqual([]);
  });
});
