/** What a stranger with nothing but the key of a role can make a conductor do. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toyScenario } from "../../bench/toy.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import type { Bus } from "../../lib/bus/port.ts";
import { EVERY, Subjects } from "../../lib/bus/subjects.ts";
import type { Issuer } from "../../lib/keys/authority.ts";
import { Identity } from "../../lib/keys/identity.ts";
import { createLogger, type Logger } from "../../lib/logging.ts";
import { decodeControl, encodeControl } from "../../lib/wire/frame.ts";
import { CONTRACT, type Register, type Registration } from "../../lib/wire/messages.ts";
import { conductOn } from "../../services/conductor/main.ts";
import { VERSION } from "../federate/harness.ts";

const RUN = "open-door";
const subjects = new Subjects(RUN);
const HOSTILE = "x 0\r\n\r\nPUB fault.order.host 4\r\nEVIL\r\nPUB y";
const STARTED = { timeout: 5_000 };

function application(role: string, process: string, more: Partial<Register> = {}): Register {
  const message = { run: RUN, role, process, contract: CONTRACT, version: VERSION, capacity: 1, heldActors: [], epoch: 0, pid: 1 };
  return { ...message, realFaults: false, userKey: new Identity().publicKey, ...more };
}

/** The first attempt to sign fails. */
const moody = (): Issuer => {
  let asked = 0;
  return { issue: () => (++asked === 1 ? Promise.reject(new Error("no entropy")) : Promise.resolve("rights")) };
};

describe("a conductor in the middle of a run", () => {
  let bus: Bus;
  let stop: AbortController;
  let conducting: Promise<unknown>;
  /** Processes that were told anything. */
  const told = new Set<string>();
  const warned: string[] = [];
  const log = { ...createLogger("test", "silent"), warn: (...words: unknown[]) => void warned.push(JSON.stringify(words)) } as Logger;

  const ask = async (message: Register): Promise<Registration> => {
    const answer = await bus.request(subjects.register(message.role), encodeControl("register", message), 500);
    return decodeControl("registration", answer) as Registration;
  };

  beforeEach(async () => {
    const broker = new MemoryBroker();
    bus = broker.connect();
    stop = new AbortController();
    told.clear();
    warned.length = 0;
    bus.subscribe(subjects.grant(EVERY), ({ subject }) => told.add(subject.slice(subjects.grant("p").length - 1)));
    const options = { scenario: toyScenario(1, 600e9), run: RUN, version: VERSION, virtual: false, log, issuer: moody() };
    conducting = conductOn(broker.connect(), { ...options, nats: { url: "memory" }, signal: stop.signal, silentLimitMs: 1 });
  });
  afterEach(async () => {
    stop.abort();
    await conducting;
  });

  async function begun(): Promise<void> {
    for (const role of ["guest", "hypervisor", "monitor"]) {
      const message = application(role, role);
      const { epoch } = await ask(message).catch(() => ask(message));
      await bus.request(subjects.heartbeat(role), encodeControl("heartbeat", { process: role, epoch, refused: 0 }), 500);
    }
    await vi.waitFor(() => expect(told).toEqual(new Set(["guest", "hypervisor", "monitor"])), STARTED);
  }

  test("does not begin before everybody listens", async () => {
    for (const role of ["guest", "hypervisor", "monitor"]) {
      const message = application(role, role);
      await ask(message).catch(() => ask(message));
    }
    const awaited = decodeControl("status", await bus.request(subjects.status, encodeControl("statusRequest", { run: RUN }), 500));
    expect(awaited).toMatchObject({ phase: "waiting", waitingFor: ["monitor", "host-1", "vm-01"] });
    expect(told).toEqual(new Set());
    await begun();
  });

  test("tells nothing to whom it refuses", async () => {
    await begun();
    expect(await ask(application("guest", "late"))).toMatchObject({ accepted: false });
    expect(await ask(application("guest", "old", { version: "9.9" }))).toMatchObject({ accepted: false });
    expect(await ask(application("guest", "guest"))).toMatchObject({ accepted: false, reason: expect.stringContaining("another process") });
    expect(told).toEqual(new Set(["guest", "hypervisor", "monitor"]));
  });

  test.each([
    ["a process's name", application("guest", HOSTILE)],
    ["a wildcard for a name", application("guest", "*")],
    ["a name of two tokens", application("guest", "a.b")],
    ["an endless version", application("guest", "a", { version: "9".repeat(400_000) })],
    ["another run's name", application("guest", "a", { run: HOSTILE })],
  ])("does not read a message with %s that none is", async (_what, message) => {
    await begun();
    await expect(ask(message)).rejects.toThrow("no answer");
    expect(warned.join("\n")).toContain("refused a message: out-of-range, on register");
    expect(warned.join("\n").length).toBeLessThan(500);
    expect(told).toEqual(new Set(["guest", "hypervisor", "monitor"]));
  });

  test("does not fill its log with refusals", async () => {
    await begun();
    for (let i = 0; i < 100; i++) await ask(application("guest", `p-${i}`, { version: "9.9" }));
    const refused = warned.filter((line) => line.includes("was refused"));
    expect(refused).toHaveLength(20);
    expect(Math.max(...refused.map((line) => line.length))).toBeLessThan(300);
  });

  test("signs again for who asks again, after an attempt that failed", async () => {
    const message = application("guest", "guest");
    await expect(ask(message)).rejects.toThrow("no answer");
    expect(await ask(message)).toMatchObject({ accepted: true, rights: "rights" });
  });
});
