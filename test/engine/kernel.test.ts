import { expect, test } from "vitest";
import type { Actor, Context } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { Kernel } from "../../lib/engine/kernel.ts";
import { FaultKind, type FaultOrder, type Message } from "../../lib/wire/messages.ts";

const L = 200_000;
const roster = [
  { id: 0, name: "conductor", role: "conductor" },
  { id: 1, name: "monitor", role: "monitor" },
  { id: 2, name: "host", role: "hypervisor" },
  { id: 3, name: "vm-01", role: "guest" },
] as const;

/** Sends a numbered inventory request each millisecond; logs what it gets. */
class Peer implements Actor {
  readonly log: string[] = [];
  readonly #to: number;
  readonly #period: number;
  #sent = 0;

  constructor(to: number, period = 1_000_000) {
    this.#to = to;
    this.#period = period;
  }

  start(context: Context): void {
    this.log.push(`start ${context.incarnation} at ${context.nowNs}`);
    context.after(this.#period, "tick");
  }

  receive(message: Message, context: Context): void {
    if (message.kind === "inventoryRequest")
      this.log.push(`${message.body.hostEpoch} at ${context.nowNs} (${context.counters.missed} missed)`);
  }

  wake(_timer: string, _data: number, context: Context): void {
    context.send(this.#to, "inventoryRequest", { hostEpoch: ++this.#sent });
    context.after(this.#period, "tick");
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#sent);
  }
}

function pair(seed = 1, jitterNs = 0) {
  const kernel = new Kernel({ seed, timing: { latencyNs: L, jitterNs }, roster, digest: true });
  const made: Record<number, Peer[]> = { 2: [], 3: [] };
  for (const [id, to] of [
    [2, 3],
    [3, 2],
  ] as const) {
    kernel.add(id, () => {
      const peer = new Peer(to);
      made[id]?.push(peer);
      return peer;
    });
  }
  return { kernel, logs: (id: number) => (made[id] ?? []).map((peer) => peer.log) };
}

const order = (kind: number, active: boolean, more: Partial<FaultOrder> = {}): FaultOrder => ({
  fault: 1,
  kind,
  active,
  peer: 0,
  allPeers: true,
  amount: 1,
  delayNs: 0,
  durationNs: 0,
  ...more,
});

test("a message arrives after the link's latency, and timers keep their time", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.runUntil(2_500_000);
  expect(logs(3)).toEqual([["start 1 at 0", `1 at ${1_000_000 + L} (0 missed)`, `2 at ${2_000_000 + L} (0 missed)`]]);
});

test("the horizon is exclusive, and cutting a run into windows changes no digest", () => {
  const whole = pair(3, 50_000);
  whole.kernel.begin();
  whole.kernel.runUntil(40_000_000_000);
  const cut = pair(3, 50_000);
  cut.kernel.begin();
  for (let t = 0; t <= 40_000_000_000; t += 333_333_333) cut.kernel.runUntil(t);
  cut.kernel.runUntil(40_000_000_000);
  expect([...cut.kernel.digests()]).toEqual([...whole.kernel.digests()]);
  const other = pair(4, 50_000);
  other.kernel.begin();
  other.kernel.runUntil(40_000_000_000);
  expect([...other.kernel.digests()]).not.toEqual([...whole.kernel.digests()]);
});

test("a crashed actor hears nothing, and comes back as a new incarnation", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.schedule(1_500_000, 3, order(FaultKind.FAULT_KIND_CRASH, true), 1);
  kernel.schedule(4_500_000, 3, order(FaultKind.FAULT_KIND_CRASH, false), 2);
  kernel.runUntil(6_000_000);
  expect(logs(3)).toEqual([
    ["start 1 at 0", `1 at ${1_000_000 + L} (0 missed)`],
    ["start 2 at 4500000", `5 at ${5_000_000 + L} (0 missed)`],
  ]);
  // Its own messages start again at sequence 1 under incarnation 2, and are accepted.
  expect(logs(2)[0]?.at(-1)).toBe(`1 at ${5_500_000 + L} (0 missed)`);
});

test("a hung actor handles what waited when it resumes, late and in order", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.schedule(1_500_000, 3, order(FaultKind.FAULT_KIND_HANG, true), 1);
  kernel.schedule(3_700_000, 3, order(FaultKind.FAULT_KIND_HANG, false), 2);
  kernel.runUntil(4_000_000);
  expect(logs(3)[0]?.slice(2)).toEqual(["2 at 3700000 (0 missed)", "3 at 3700000 (0 missed)"]);
});

test("nobody stops an actor that is down: what comes for it is gone, and it boots unstopped", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.schedule(1_500_000, 3, order(FaultKind.FAULT_KIND_CRASH, true), 1);
  kernel.schedule(2_500_000, 3, order(FaultKind.FAULT_KIND_HANG, true, { fault: 2 }), 2);
  kernel.schedule(4_500_000, 3, order(FaultKind.FAULT_KIND_CRASH, false), 3);
  kernel.schedule(5_500_000, 3, order(FaultKind.FAULT_KIND_HANG, false, { fault: 2 }), 4);
  kernel.runUntil(5_400_000);
  expect(logs(3)[1]).toEqual(["start 2 at 4500000", `5 at ${5_000_000 + L} (0 missed)`]);
});

test("a restarted actor is told again of the faults that its device still has", () => {
  const { kernel } = pair();
  const told: string[] = [];
  kernel.add(1, (incarnation) => ({
    start() {},
    receive: (message) => void (message.kind === "faultOrder" && told.push(`${incarnation}: ${message.body.fault} ${message.body.active}`)),
    wake() {},
    digest() {},
  }));
  kernel.begin();
  kernel.schedule(1_000_000, 1, order(FaultKind.FAULT_KIND_DISK_SLOW, true, { fault: 2 }), 1);
  kernel.schedule(1_100_000, 1, order(FaultKind.FAULT_KIND_DISK_SLOW, true, { fault: 3 }), 2);
  kernel.schedule(1_500_000, 1, order(FaultKind.FAULT_KIND_CRASH, true), 3);
  kernel.schedule(1_600_000, 1, order(FaultKind.FAULT_KIND_DISK_SLOW, false, { fault: 3 }), 4);
  kernel.schedule(2_500_000, 1, order(FaultKind.FAULT_KIND_CRASH, false), 5);
  kernel.schedule(3_500_000, 1, order(FaultKind.FAULT_KIND_DISK_SLOW, false, { fault: 2 }), 6);
  kernel.runUntil(4_000_000);
  expect(told).toEqual(["1: 2 true", "1: 3 true", "2: 2 true", "2: 2 false"]);
});

test("a long hang loses messages when its buffers are full, never a timer", () => {
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: L, jitterNs: 0 }, roster, digest: false });
  const woken: number[] = [];
  kernel.add(2, () => new Peer(3, 1_000));
  kernel.add(3, () => ({
    start: (context) => context.after(20_000_000, "late"),
    receive() {},
    wake: (_timer, _data, context) => void woken.push(context.nowNs),
    digest() {},
  }));
  kernel.begin();
  kernel.schedule(1_500_000, 3, order(FaultKind.FAULT_KIND_HANG, true), 1);
  kernel.schedule(30_000_000, 3, order(FaultKind.FAULT_KIND_HANG, false), 2);
  kernel.runUntil(31_000_000);
  expect(woken).toEqual([30_000_000]);
  expect(kernel.slot(3)?.counters.refused).toBeGreaterThan(10_000);
});

test("lost messages are counted by the receiver, doubled ones refused", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.schedule(1_500_000, 2, order(FaultKind.FAULT_KIND_LINK_DROP, true), 1);
  kernel.schedule(3_500_000, 2, order(FaultKind.FAULT_KIND_LINK_DROP, false), 2);
  kernel.schedule(4_500_000, 2, order(FaultKind.FAULT_KIND_LINK_DUPLICATE, true, { fault: 2 }), 3);
  kernel.runUntil(6_000_000);
  expect(logs(3)[0]?.slice(2)).toEqual([`4 at ${4_000_000 + L} (2 missed)`, `5 at ${5_000_000 + L} (2 missed)`]);
  expect(kernel.slot(3)?.counters.refused).toBe(1);
});

test("a delayed link stays first-in first-out after it heals", () => {
  const { kernel, logs } = pair();
  kernel.begin();
  kernel.schedule(500_000, 2, order(FaultKind.FAULT_KIND_LINK_DELAY, true, { delayNs: 5_000_000 }), 1);
  kernel.schedule(1_500_000, 2, order(FaultKind.FAULT_KIND_LINK_DELAY, false), 2);
  kernel.runUntil(7_000_000);
  const arrivals = logs(3)[0]?.slice(1) ?? [];
  expect(arrivals.map((line) => line.split(" ")[0])).toEqual(["1", "2", "3", "4", "5", "6"]);
  expect(arrivals[1]).toBe("2 at 6200000 (0 missed)");
});

test("an actor that fails is named with its time and the message", () => {
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: L, jitterNs: 0 }, roster, digest: false });
  kernel.add(2, () => new Peer(3));
  kernel.add(3, () => ({
    start() {},
    receive() {
      throw new Error("out of luck");
    },
    wake() {},
    digest() {},
  }));
  kernel.begin();
  expect(() => kernel.runUntil(10_000_000)).toThrow(/out of luck \(actor "vm-01", at 0\.001200 s, message "inventoryRequest" of actor 2\)/);
});

test("a handler of a silent message that sends is caught", () => {
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: L, jitterNs: 0 }, roster, digest: false });
  kernel.add(2, () => ({
    start: (context) => context.send(3, "stepGrant", {} as never),
    receive() {},
    wake() {},
    digest() {},
  }));
  kernel.add(3, () => ({
    start() {},
    receive: (_message, context) => context.after(1, "later"),
    wake() {},
    digest() {},
  }));
  kernel.begin();
  expect(() => kernel.runUntil(10_000_000)).toThrow(/receipt of "stepGrant" is silent/);
});
