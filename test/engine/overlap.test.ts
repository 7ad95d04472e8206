/** Faults of one kind that overlap on one actor: what they do begins with the first and ends with the last. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "../../lib/engine/actor.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { FaultKind, type Message } from "../../lib/wire/messages.ts";

const { FAULT_KIND_CRASH, FAULT_KIND_HANG, FAULT_KIND_LINK_DROP } = FaultKind;
const MS = 1_000_000;
const LATENCY_NS = 200_000;
const END_MS = 200;
const HIT = 3;
const roster = [
  { id: 0, name: "conductor", role: "conductor" },
  { id: 1, name: "monitor", role: "monitor" },
  { id: 2, name: "host", role: "hypervisor" },
  { id: 3, name: "vm-01", role: "guest" },
] as const;

interface Span {
  readonly kind: number;
  readonly fromNs: number;
  /** Infinity: it is not healed. */
  readonly toNs: number;
}

/** Begins and ends are at different times, all of them: between two whole milliseconds each has a place of its own. */
const spans = fc
  .array(
    fc.record({
      kind: fc.constantFrom(FAULT_KIND_CRASH, FAULT_KIND_HANG, FAULT_KIND_LINK_DROP),
      fromMs: fc.nat(END_MS - 1),
      lengthMs: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) }, { weight: 1, arbitrary: fc.constant(Infinity) }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    list.map(({ kind, fromMs, lengthMs }, index): Span => {
      const fromNs = fromMs * MS + 1000 * (2 * index + 1);
      return { kind, fromNs, toNs: fromNs + lengthMs * MS + 1000 };
    }),
  );

function sender(): Actor {
  return {
    start: (context) => context.after(MS, "tick"),
    receive() {},
    wake: (_timer, _data, context) => {
      context.send(2, "inventoryRequest", { hostEpoch: Math.round(context.nowNs / MS) });
      context.after(MS - (context.nowNs % MS), "tick");
    },
    digest() {},
  };
}

function play(list: readonly Span[]) {
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: LATENCY_NS, jitterNs: 0 }, roster, digest: false });
  const heard: number[] = [];
  kernel.add(2, () => ({ ...sender(), start() {}, receive: (message: Message) => void heard.push(message.sentAtNs) }));
  kernel.add(HIT, sender);
  kernel.begin();
  for (const [index, { kind, fromNs, toNs }] of list.entries()) {
    const order = { fault: index + 1, kind, active: true, peer: 0, allPeers: true, amount: 1, delayNs: 0, durationNs: 0 };
    kernel.schedule(fromNs, HIT, order, 2 * index);
    if (toNs < Infinity) kernel.schedule(toNs, HIT, { ...order, active: false }, 2 * index + 1);
  }
  const conditions: string[] = [];
  for (let ms = 0; ms < END_MS; ms++) {
    kernel.runUntil(ms * MS + MS / 2);
    conditions.push(kernel.slot(HIT)?.condition as string);
  }
  return { conditions, heard };
}

/** In words of intervals: down in any crash, else hung by any hang that found it up and that no crash has ended. */
function conditionAt(atNs: number, list: readonly Span[]): string {
  const covers = (span: Span, timeNs: number): boolean => span.fromNs <= timeNs && timeNs < span.toNs;
  const crashes = list.filter(({ kind }) => kind === FAULT_KIND_CRASH);
  if (crashes.some((crash) => covers(crash, atNs))) return "down";
  const hung = list.some(
    (hang) =>
      hang.kind === FAULT_KIND_HANG &&
      covers(hang, atNs) &&
      !crashes.some((crash) => covers(crash, hang.fromNs) || (hang.fromNs < crash.fromNs && crash.fromNs <= atNs)),
  );
  return hung ? "hung" : "up";
}

test("an actor is down, or hung, while any fault of that kind lasts", () => {
  fc.assert(
    fc.property(spans, (list) => {
      const { conditions } = play(list);
      expect(conditions).toEqual(conditions.map((_, ms) => conditionAt(ms * MS + MS / 2, list)));
    }),
    { numRuns: 500 },
  );
});

test("a link loses messages while any fault on it lasts, and whoever sends", () => {
  fc.assert(
    fc.property(spans, (list) => {
      const drops = list.filter(({ kind }) => kind === FAULT_KIND_LINK_DROP);
      const { heard } = play(list);
      expect(heard.filter((sentNs) => drops.some(({ fromNs, toNs }) => fromNs <= sentNs && sentNs < toNs))).toEqual([]);
      const none = play(list.filter(({ kind }) => kind !== FAULT_KIND_LINK_DROP));
      const kept = none.heard.filter((sentNs) => !drops.some(({ fromNs, toNs }) => fromNs <= sentNs && sentNs < toNs));
      expect(heard).toEqual(kept);
    }),
    { numRuns: 300 },
  );
});

test("news of the conductor reaches a monitor that was down when it came, once", () => {
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: LATENCY_NS, jitterNs: 0 }, roster, digest: false });
  const told: string[] = [];
  kernel.add(1, (incarnation) => ({ ...sender(), start() {}, receive: ({ sequence }) => void told.push(`${incarnation}: ${sequence}`) }));
  kernel.begin();
  const crash = { fault: 1, kind: FAULT_KIND_CRASH, active: true, peer: 0, allPeers: true, amount: 1, delayNs: 0, durationNs: 0 };
  const hang = { ...crash, fault: 2, kind: FAULT_KIND_HANG };
  const news = (atNs: number, sequence: number): void =>
    kernel.deliver({
      ...{ source: 0, incarnation: 1, destination: 1, sequence, sentAtNs: atNs, deliverAtNs: atNs },
      kind: "eventRecord",
      body: { kind: 7, subject: HIT, amount: 0, detail: "" },
    });
  kernel.schedule(1 * MS, 1, hang, 1);
  news(2 * MS, 10);
  kernel.schedule(3 * MS, 1, crash, 2);
  news(4 * MS, 11);
  kernel.schedule(5 * MS, 1, { ...crash, active: false }, 3);
  news(6 * MS, 12);
  kernel.runUntil(10 * MS);
  expect(told).toEqual(["2: 10", "2: 11", "2: 12"]);
});
