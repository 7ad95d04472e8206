import { describe, expect, it } from "vitest";
import { CONDUCTOR, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { FaultConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { BalloonState, EventKind, FaultKind, type GuestSample } from "../../lib/wire/messages.ts";
import { Aggregator, type TelemetryMessage } from "../../services/monitor/aggregate/aggregator.ts";
import { monitorFactory } from "../../services/monitor/monitor.ts";
import { NO_RECORDER } from "../../services/monitor/recorder.ts";
import { at, FakeLinks, fakeScenario, fakeTelemetry } from "./fake.ts";

const HANG: FaultConfig = { atNs: 5 * SECOND_NS, fault: "hang", target: "vm-01", durationNs: 5 * SECOND_NS, amount: 0, delayNs: 0 };

function kernelFor(scenario = fakeScenario()) {
  const recorded: TelemetryMessage[] = [];
  const factory = monitorFactory(scenario, { record: (message) => recorded.push(message) });
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: 100_000, jitterNs: 0 }, roster: rosterOf(scenario), digest: true });
  kernel.add(MONITOR, factory);
  kernel.begin();
  return { kernel, recorded, factory };
}

function run(messages: Iterable<TelemetryMessage>, scenario = fakeScenario()) {
  const system = kernelFor(scenario);
  for (const message of messages) system.kernel.deliver(message);
  system.kernel.runUntil(Number.POSITIVE_INFINITY);
  return system;
}

/** The violation that the messages cause, or undefined. */
function violation(messages: Iterable<TelemetryMessage>, scenario = fakeScenario()): unknown {
  try {
    run(messages, scenario);
    return undefined;
  } catch (error) {
    return (error as Error).cause;
  }
}

function samples(change: (body: GuestSample, second: number) => Partial<GuestSample>, seconds = 60): TelemetryMessage[] {
  const scenario = fakeScenario({ guests: 1 });
  const own = [...fakeTelemetry(scenario, new FakeLinks())].filter((m) => m.kind === "guestSample").slice(0, seconds);
  return own.map((m, i) => ({ ...m, sequence: i + 1, body: { ...m.body, ...change(m.body, i + 1) } }));
}

/** The conductor's word of a fault. */
function news(sequence: number, atS: number, durationNs: number): TelemetryMessage {
  const atNs = atS * SECOND_NS;
  const body = { kind: EventKind.EVENT_KIND_FAULT, subject: FIRST_GUEST, amount: durationNs, detail: "hang" };
  const header = { source: CONDUCTOR, incarnation: 1, destination: MONITOR, sequence, sentAtNs: atNs, deliverAtNs: atNs };
  return { ...header, kind: "eventRecord", body };
}

describe("the monitor's actor", () => {
  it("puts the first 1,000 characters of a text on record", () => {
    const links = new FakeLinks();
    const event = { kind: EventKind.EVENT_KIND_POLICY_ERROR, subject: HYPERVISOR, amount: 0, detail: "é".repeat(400_000) };
    const { factory, recorded } = run([links.message(HYPERVISOR, "eventRecord", 1, event)]);
    expect(recorded.map(({ body }) => (body as typeof event).detail)).toEqual(["é".repeat(1000)]);
    expect(factory.aggregator.events.lines.map(({ detail }) => detail.length)).toEqual([1000]);
  });

  it("puts each fault on the timeline once, whatever its number, and sees no gap in the numbers", () => {
    const told = [news(1, 1, 5), news(7, 2, 5), news(4, 3, 0), news(7, 4, 5)];
    const { factory, recorded } = run(told);
    expect(recorded.length).toBe(3);
    const { events, gaps } = factory.aggregator;
    expect(events.lines.map(({ atNs, kind, name }) => [atNs / SECOND_NS, kind, name])).toEqual([1, 2, 3].map((s) => [s, "fault", "vm-01"]));
    expect([gaps.lost, gaps.gapsSeen, gaps.refused]).toEqual([0, 0, 0]);
  });

  it("records what it takes, in order, and its digest follows from that alone", () => {
    const messages = [...fakeTelemetry(fakeScenario())];
    const first = run(messages);
    const again = run(messages);
    expect(first.recorded.length).toBe(messages.length);
    expect(first.recorded.map((m) => m.deliverAtNs)).toEqual([...first.recorded.map((m) => m.deliverAtNs)].sort((a, b) => a - b));
    expect(again.kernel.digests()).toEqual(first.kernel.digests());
    expect(first.factory.aggregator.messagesTaken).toBe(messages.length);
  });

  it("keeps its aggregates through a crash and knows what it missed while it was down", () => {
    const scenario = fakeScenario();
    const { kernel, recorded, factory } = kernelFor(scenario);
    const messages = [...fakeTelemetry(scenario)];
    const order = {
      fault: 1,
      kind: FaultKind.FAULT_KIND_CRASH,
      active: true,
      peer: 0,
      allPeers: false,
      amount: 0,
      delayNs: 0,
      durationNs: 0,
    };
    kernel.schedule(30.5 * SECOND_NS, MONITOR, order, 1);
    kernel.schedule(40.5 * SECOND_NS, MONITOR, { ...order, active: false }, 2);
    for (const message of messages) kernel.deliver(message);
    kernel.runUntil(Number.POSITIVE_INFINITY);
    const { gaps } = factory.aggregator;
    expect(gaps.lost).toBe(messages.length - recorded.length);
    expect(gaps.lost).toBeGreaterThanOrEqual(50);
    expect(new Set(gaps.gaps.map((gap) => gap.source))).toEqual(new Set([HYPERVISOR, 3, 4, 5, 6]));
  });

  it("ignores what is no telemetry", () => {
    const { kernel, recorded } = kernelFor();
    const header = { source: HYPERVISOR, incarnation: 1, destination: MONITOR, sequence: 1, sentAtNs: 0, deliverAtNs: 1 };
    kernel.deliver({ ...header, kind: "fenced", body: { reason: "" } });
    kernel.runUntil(10);
    expect(recorded).toEqual([]);
  });
});

describe("invariants across actors", () => {
  it("hold for a consistent run", () => {
    expect(violation(fakeTelemetry(fakeScenario()))).toBeUndefined();
  });

  it.each([
    ["guest-pages", samples((body, second) => (second === 9 ? { freePages: body.freePages + 1 } : {}))],
    ["guaranteed-minimum", samples((_, second) => (second === 9 ? { targetPages: 65_535 } : {}))],
  ])("%s: is broken by one page", (name, messages) => {
    const found = violation(messages);
    expect(found).toBeInstanceOf(InvariantViolation);
    expect((found as InvariantViolation).invariant).toBe(name);
    expect((found as InvariantViolation).message).toContain("vm-01");
  });

  it("machine-pages: is broken by one page", () => {
    const messages = [...fakeTelemetry(fakeScenario())].map((m) =>
      m.kind === "hostSample" ? { ...m, body: { ...m.body, freePages: m.body.freePages - 1 } } : m,
    );
    expect(violation(messages)).toMatchObject({ invariant: "machine-pages" });
  });

  it("guaranteed-minimum: holds for control actions too", () => {
    const messages = [...fakeTelemetry(fakeScenario())].map((m) =>
      m.kind === "controlAction" ? { ...m, body: { ...m.body, targetPages: 100 } } : m,
    );
    expect(violation(messages)).toMatchObject({ invariant: "guaranteed-minimum" });
  });

  it("gaps-known: a hole that the link tells of and the ledger does not is a violation", () => {
    const factory = monitorFactory(fakeScenario(), NO_RECORDER);
    const actor = factory(1);
    const [first] = samples(() => ({}), 1) as [TelemetryMessage];
    actor.missed?.(FIRST_GUEST, 2, undefined as never);
    expect(() => actor.receive(first, at(first))).toThrow(/gaps-known/);
  });
});

describe("convergence", () => {
  const inflating = { balloonState: BalloonState.BALLOON_STATE_INFLATING, targetPages: 400_000 };
  const faulty = fakeScenario({ guests: 1, faults: [HANG] });

  it("is broken by a driver that stays off one target for longer than allowed after the last fault", () => {
    const found = violation(
      samples(() => inflating),
      faulty,
    );
    expect(found).toMatchObject({ invariant: "convergence" });
    expect((found as Error).message).toMatch(/vm-01 is off its target of 400000 pages/);
    // Healed at 10 s, 30 s allowed: the sample at 40 s is still in time, the one at 41 s is not.
    expect(
      violation(
        samples(() => inflating, 40),
        faulty,
      ),
    ).toBeUndefined();
    expect(
      violation(
        samples(() => inflating, 41),
        faulty,
      ),
    ).toMatchObject({ invariant: "convergence" });
  });

  it.each([
    ["the policy keeps changing the target", samples((_, second) => ({ ...inflating, targetPages: 400_000 + second }))],
    [
      "the driver backs off now and then",
      samples((_, second) => (second % 20 === 0 ? { balloonState: BalloonState.BALLOON_STATE_BACKING_OFF } : inflating)),
    ],
    ["the host has it stopped for most of the time", samples(() => ({ ...inflating, blockedNs: 0.6 * SECOND_NS }))],
    ["a hole in the telemetry hides what happened", samples(() => inflating).filter((_, i) => i % 20 !== 0)],
  ])("is not broken where %s", (_, messages) => {
    expect(violation(messages, faulty)).toBeUndefined();
  });

  it("counts the time alone in which the host let it run", () => {
    const half = (seconds: number) => samples(() => ({ ...inflating, blockedNs: 0.4 * SECOND_NS }), seconds);
    // Healed at 10 s; 30 s of its own time end at 60 s.
    expect(violation(half(58), faulty)).toBeUndefined();
    expect(violation(half(60), fakeScenario({ guests: 1, faults: [{ ...HANG, atNs: 0, durationNs: SECOND_NS }] }))).toMatchObject({
      invariant: "convergence",
    });
  });

  it("asks nothing where no fault was, where one lasts, and of a VM without driver", () => {
    const off = samples(() => inflating);
    expect(violation(off, fakeScenario({ guests: 1 }))).toBeUndefined();
    expect(violation(off, fakeScenario({ guests: 1, faults: [{ ...HANG, durationNs: 0 }] }))).toBeUndefined();
    const [guest] = faulty.guests;
    if (guest === undefined) throw new Error("the scenario has a guest");
    const bare = { ...faulty, guests: [{ ...guest, driver: { ...guest.driver, kind: "none" as const } }] };
    expect(violation(off, bare)).toBeUndefined();
  });

  it("asks nothing while an injected fault lasts", () => {
    const off = samples(() => inflating, 58);
    expect(violation([news(1, 10, 20 * SECOND_NS), ...off], fakeScenario({ guests: 1 }))).toBeUndefined();
    expect(violation([news(1, 10, 0), ...off], fakeScenario({ guests: 1 }))).toBeUndefined();
    expect(violation([news(1, 10, 2 * SECOND_NS), ...off], fakeScenario({ guests: 1 }))).toMatchObject({ invariant: "convergence" });
  });

  it("knows an injected fault after a restart that has nothing but the record", () => {
    const off = samples(() => inflating).map((message, i) => ({
      ...message,
      incarnation: i < 20 ? 1 : 2,
      sequence: i < 20 ? i + 1 : i - 19,
    }));
    const outcome = (scenario: Scenario, durationNs: number): unknown => {
      const told = [news(1, 10, durationNs), ...off.slice(0, 20)];
      const aggregator = new Aggregator(scenario);
      for (const message of told) if (aggregator.admit(message) >= 0) aggregator.take(message);
      const actor = monitorFactory(scenario, NO_RECORDER, aggregator)(2);
      // The conductor tells it all faults again.
      for (const message of [news(1, 10, durationNs), ...off.slice(20)]) actor.receive(message, at(message));
      return undefined;
    };
    expect(outcome(faulty, 100 * SECOND_NS)).toBeUndefined();
    expect(() => outcome(fakeScenario({ guests: 1 }), SECOND_NS)).toThrow(/convergence/);
  });

  it("does not take a VM's word for a fault: it would be excused for as long as it likes", () => {
    const off = samples(() => inflating).map((message) => ({ ...message, sequence: message.sequence + 1 }));
    const told = { kind: EventKind.EVENT_KIND_FAULT, subject: FIRST_GUEST, amount: 0, detail: "hang" };
    const claims = [FIRST_GUEST, HYPERVISOR].map((source) => new FakeLinks().message(source, "eventRecord", 1, told));
    for (const claim of claims) expect(violation([claim, ...off], faulty)).toMatchObject({ invariant: "convergence" });
  });

  it("starts its clock again at an injected fault", () => {
    const off = samples(() => inflating, 50);
    const injected = news(1, 35, 1);
    expect(violation([...off, injected], faulty)).toBeUndefined();
    expect(violation(off, faulty)).toMatchObject({ invariant: "convergence" });
  });
});
