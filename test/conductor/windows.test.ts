import { describe, expect, it } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { CONDUCTOR, FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { runFederate } from "../../lib/federate/federate.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { type Done, encodeDone, type Grant, readDone, readGrant } from "../../lib/wire/batch.ts";
import { encodeEnvelope } from "../../lib/wire/codec.ts";
import { isRefusal, open, type RefusalReason } from "../../lib/wire/frame.ts";
import type { Message } from "../../lib/wire/messages.ts";
import { conductOn } from "../../services/conductor/main.ts";
import { Roster } from "../../services/conductor/roster.ts";
import { Silence } from "../../services/conductor/silence.ts";
import { Windows } from "../../services/conductor/windows.ts";
import { allFaults } from "../federate/faults.ts";
import { quiet, VERSION } from "../federate/harness.ts";

const L = 100;
const NEVER = Number.POSITIVE_INFINITY;

function clock(processes: number, endNs = 10_000) {
  const sent: { process: string; grant: Grant }[] = [];
  // The host, and VMs.
  const members = Array.from({ length: processes }, (_, i) => ({ process: `p${i + 1}`, actors: [HYPERVISOR + i] }));
  const refusals = new Refusals();
  const send = (process: string, frame: Uint8Array): void => {
    const opened = open(frame);
    const grant = isRefusal(opened) ? opened : readGrant(opened);
    if (isRefusal(grant)) throw new Error(grant.refused);
    sent.push({ process, grant });
  };
  const windows = new Windows({ epoch: 1, lookaheadNs: L, endNs, members, refusals, send });
  const answer = (process: string, more: Partial<Done> = {}): RefusalReason | undefined => {
    const done = {
      epoch: 1,
      window: windows.window,
      envelopes: [],
      nextEventNs: NEVER,
      earliestEmissionNs: NEVER,
      eventsRun: 0,
      error: "",
      part: 0,
      parts: 1,
    };
    return windows.take(process, { ...done, ...more });
  };
  return {
    windows,
    answer,
    refusals,
    taken: () => sent.splice(0).map(({ process, grant }) => `${process} ${grant.window} ${grant.horizonNs} ${grant.envelopes.length}`),
  };
}

const envelope = (
  destination: number,
  deliverAtNs: number,
  kind: "hello" | "accessSample" = "hello",
  source = destination === HYPERVISOR ? FIRST_GUEST : HYPERVISOR,
): Uint8Array => {
  const body = kind === "hello" ? { sizePages: 1 } : { pages: 1, touched: 0, periodNs: 0, over: true };
  const header = { source, incarnation: 1, destination, sequence: 1, sentAtNs: 0, deliverAtNs };
  return encodeEnvelope("r", { ...header, kind, body } as Message);
};

describe("the windows of the virtual clock", () => {
  it("wake only those that have something to do before the horizon", () => {
    const { windows, answer, taken } = clock(3);
    windows.begin();
    expect(taken()).toEqual(["p1 1 0 0", "p2 1 0 0", "p3 1 0 0"]);
    answer("p1", { nextEventNs: 1000, earliestEmissionNs: 1000 });
    answer("p2", { nextEventNs: 1050, earliestEmissionNs: 1050 });
    answer("p3", { nextEventNs: 1100, earliestEmissionNs: 1100 });
    expect(taken()).toEqual(["p1 2 1100 0", "p2 2 1100 0"]);
  });

  it("a message bounds the horizon by its arrival, a silent one does not", () => {
    const { windows, answer, taken } = clock(2);
    windows.begin();
    taken();
    answer("p1", { envelopes: [envelope(FIRST_GUEST, 500)] });
    answer("p2", { nextEventNs: 2000, earliestEmissionNs: 2000 });
    expect(taken()).toEqual(["p2 2 600 1"]);
    answer("p2", { nextEventNs: 2000, earliestEmissionNs: 2000, envelopes: [envelope(HYPERVISOR, 700, "accessSample")] });
    expect(taken()).toEqual(["p1 3 2100 1", "p2 3 2100 0"]);
  });

  it("end when nothing is left up to the end, and run what is due at the end itself", () => {
    const { windows, answer, taken } = clock(1, 1000);
    windows.begin();
    answer("p1", { nextEventNs: 1000, earliestEmissionNs: 1000 });
    expect(taken().at(-1)).toBe("p1 2 1001 0");
    answer("p1", { nextEventNs: 1001, earliestEmissionNs: 1001 });
    expect(windows.over).toBe(true);
  });

  it("a repeated, late or foreign answer changes nothing", () => {
    const { windows, answer, taken } = clock(2);
    windows.begin();
    answer("p1", { nextEventNs: 10, earliestEmissionNs: 10 });
    const late = { nextEventNs: 99, earliestEmissionNs: 99, envelopes: [envelope(FIRST_GUEST, 500)] };
    const refused = [answer("p1", late), answer("p1", { epoch: 2 }), answer("p9")];
    expect(windows.window).toBe(1);
    answer("p2");
    taken();
    refused.push(answer("p2", { window: 1 }));
    expect(refused).toEqual(["stale", "stale", "stale", "stale"]);
    expect(windows.nextEventNs("p1")).toBe(10);
  });

  it("are asked for again with the same frame, and only of those that owe an answer", () => {
    const { windows, answer, taken } = clock(2);
    windows.begin();
    taken();
    answer("p1");
    windows.askAgain();
    expect(taken()).toEqual(["p2 1 0 0"]);
  });

  it("take an answer in parts, in any order and twice", () => {
    const { windows, answer, taken } = clock(2);
    windows.begin();
    answer("p2");
    taken();
    const parts = encodeDone({
      epoch: 1,
      window: 1,
      envelopes: Array.from({ length: 3000 }, (_, i) =>
        Buffer.concat([envelope(FIRST_GUEST, 500 + i), Buffer.from([0xa2, 6, 0xac, 2]), Buffer.alloc(300)]),
      ),
      nextEventNs: NEVER,
      earliestEmissionNs: NEVER,
      eventsRun: 7,
      error: "",
    }).map((frame) => readDone(open(frame) as never) as Done);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of [...parts].reverse()) {
      expect(windows.window).toBe(1);
      windows.take("p1", part);
      windows.take("p1", part);
    }
    expect(windows.window).toBe(2);
    expect(
      taken()
        .map((line) => line.split(" ")[3])
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBe(3000);
    expect(windows.eventsRun).toBe(7);
  });

  it("refuse a message that is due before the horizon: the lookahead would be a lie", () => {
    const { windows, answer } = clock(2);
    windows.begin();
    answer("p1", { nextEventNs: 1000, earliestEmissionNs: 1000 });
    answer("p2");
    expect(() => answer("p1", { envelopes: [envelope(FIRST_GUEST, 1099)] })).toThrow(/due at 1099 ns, before the horizon 1100 ns/);
  });

  it("carry what a process's own actors say to those to whom they speak, and nothing else", () => {
    const { windows, answer, taken, refusals } = clock(3);
    windows.begin();
    taken();
    const [host, vm, other] = [HYPERVISOR, FIRST_GUEST, FIRST_GUEST + 1];
    const order = { fault: 1, kind: 1, active: true, peer: 0, allPeers: true, amount: 1, delayNs: 0, durationNs: 0 };
    const header = { incarnation: 1, sequence: 1, sentAtNs: 0, deliverAtNs: 500 };
    const orders = [CONDUCTOR, host, vm].map((source) =>
      encodeEnvelope("r", { ...header, source, destination: other, kind: "faultOrder", body: order } as Message),
    );
    const forged = [
      // As the host, as another VM, to another VM, to nobody.
      envelope(other, 500, "hello", host),
      envelope(host, 500, "hello", other),
      envelope(other, 500, "hello", vm),
      envelope(77, 500, "hello", vm),
      ...orders,
    ];
    answer("p2", { envelopes: [...forged, envelope(host, 500, "hello", vm), new Uint8Array([1])] });
    answer("p1", { envelopes: [...orders, envelope(CONDUCTOR, 500, "hello", host)] });
    answer("p3");
    expect([...refusals.counts]).toEqual([
      ["wrong-sender clock.done", forged.length + 4],
      ["malformed clock.done", 1],
    ]);
    expect(taken()).toEqual(["p1 2 600 1"]);
  });

  it("pass a process's failure on with its code and name", () => {
    const { windows, answer } = clock(1);
    windows.begin();
    expect(() => answer("p1", { error: "AERO_E_INVARIANT: page given twice" })).toThrow(
      expect.objectContaining({ code: "AERO_E_INVARIANT", message: "page given twice (process p1)" }),
    );
  });

  it("name a silent process: ask again, then give up with its timing state", () => {
    const { windows, answer, taken } = clock(2);
    const entries = [0, 1, 2, 3].map((id) => ({ id, name: ["conductor", "monitor", "h", "vm-1"][id] as string, role: "guest" as const }));
    const silence = new Silence(windows, new Roster({ entries, run: "r", version: "1", epoch: 7, expiryMs: 1 }), quiet, 3000);
    windows.begin();
    answer("p1");
    taken();
    silence.tick(0);
    silence.tick(400);
    expect(taken()).toEqual([]);
    silence.tick(600);
    expect(taken()).toEqual(["p2 1 0 0"]);
    expect(() => silence.tick(3000)).toThrow(/no answer to window 1 within 3 s from p2 \(vm-1\)(.|\n)*p2 \(actors 3\) HAS NOT ANSWERED/);
  });
});

describe("the virtual clock over a bus that loses, doubles and delays", () => {
  it("gives the same digest", async () => {
    const scenario = toyScenario(3, 10e9, allFaults);
    const expected = await runLocalVirtual({ scenario, cast: toyCast(scenario) });
    const broker = new MemoryBroker();
    const counts = { lost: 0, doubled: 0 };
    let turn = 0;
    broker.fate = (subject) => {
      if (!subject.includes(".clock.")) return { copies: 1, delayMs: 0 };
      turn++;
      if (turn % 151 === 0) counts.lost++;
      if (turn % 3 === 0) counts.doubled++;
      return { copies: turn % 151 === 0 ? 0 : turn % 3 === 0 ? 2 : 1, delayMs: turn % 50 === 0 ? 3 : 0 };
    };
    const processes = (["guest", "guest", "guest", "hypervisor", "monitor"] as const).map((role) =>
      runFederate({
        role,
        run: "lossy",
        nats: { url: "memory" },
        version: VERSION,
        log: quiet,
        open: () => ({ cast: toyCast(scenario) }),
        connect: () => Promise.resolve(broker.connect()),
      }),
    );
    const result = await conductOn(broker.connect(), {
      scenario,
      run: "lossy",
      nats: { url: "memory" },
      version: VERSION,
      virtual: true,
      log: quiet,
    });
    await Promise.all(processes);
    expect(counts.lost).toBeGreaterThan(5);
    expect(counts.doubled).toBeGreaterThan(300);
    expect(result).toMatchObject({ complete: true, digest: expected.digest });
  });
});
