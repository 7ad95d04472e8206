import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessOf } from "../../lib/bus/access.ts";
import { MemoryBroker } from "../../lib/bus/memory.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import { type Bus, type Delivery, matches } from "../../lib/bus/port.ts";
import { type Broker, findNatsServer, openBroker, startNatsServer } from "../../lib/bus/server.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { shownUrl } from "../../lib/bus/url.ts";
import { configurationIn } from "../../lib/keys/keyring.ts";
import { startBroker } from "../broker.ts";
import { processes } from "../processes.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (delivery: Delivery): string => Buffer.from(delivery.data).toString();

async function until(condition: () => boolean, limitMs = 5000): Promise<void> {
  const beganMs = performance.now();
  while (!condition()) {
    if (performance.now() - beganMs > limitMs) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

let broker: Broker;
const memory = new MemoryBroker();
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

const kinds: [string, () => Promise<Bus>][] = [
  ["in memory", () => Promise.resolve(memory.connect())],
  ["NATS", () => connectNats({ url: broker.url })],
];

describe.each(kinds)("the bus, %s", (_name, open) => {
  it("delivers in order to those who asked, wildcards included", async () => {
    const [a, b] = [await open(), await open()];
    const all: string[] = [];
    const one: string[] = [];
    b.subscribe("t1.*.x", (delivery) => all.push(`${delivery.subject} ${text(delivery)}`));
    const subscription = b.subscribe("t1.p.x", (delivery) => one.push(text(delivery)));
    await b.flush();
    for (let i = 0; i < 100; i++) a.publish(i % 2 === 0 ? "t1.p.x" : "t1.q.x", bytes(`${i}`));
    a.publish("t1.q.y", bytes("not for anyone"));
    await until(() => all.length === 100);
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => `t1.${i % 2 === 0 ? "p" : "q"}.x ${i}`));
    expect(one.length).toBe(50);
    subscription.unsubscribe();
    a.publish("t1.p.x", bytes("late"));
    await until(() => all.length === 101);
    expect(one.length).toBe(50);
    await Promise.all([a.close(), b.close()]);
  });

  it("answers requests, and names a request that nobody answers", async () => {
    const [a, b] = [await open(), await open()];
    b.subscribe("t2.ask", (delivery) => delivery.respond(bytes(`${text(delivery)}!`)));
    b.subscribe("t2.mute", () => undefined);
    await b.flush();
    expect(Buffer.from(await a.request("t2.ask", bytes("hello"), 1000)).toString()).toBe("hello!");
    await expect(a.request("t2.nobody", bytes(""), 1000)).rejects.toThrow(/t2\.nobody.*nobody listens/);
    await expect(a.request("t2.mute", bytes(""), 50)).rejects.toThrow(/no answer within 50 ms/);
    await Promise.all([a.close(), b.close()]);
  });

  it("counts what is published after it is closed, and does not throw", async () => {
    const bus = await open();
    await bus.close();
    bus.publish("t3", bytes("x"));
    expect(bus.lost).toBe(1);
  });
});

describe("the in-memory bus in tests", () => {
  it("loses, doubles and delays as told, and can be interrupted", async () => {
    const broker = new MemoryBroker();
    const [a, b] = [broker.connect(), broker.connect()];
    const heard: string[] = [];
    const seen: string[] = [];
    b.subscribe(">", (delivery) => heard.push(delivery.subject));
    a.onStatus((status) => seen.push(status));
    const fates: Record<string, { copies: number; delayMs: number }> = {
      drop: { copies: 0, delayMs: 0 },
      twice: { copies: 2, delayMs: 0 },
      late: { copies: 1, delayMs: 20 },
    };
    broker.fate = (subject) => fates[subject] ?? { copies: 1, delayMs: 0 };
    for (const subject of ["late", "drop", "twice", "once"]) a.publish(subject, bytes(""));
    await until(() => heard.length === 4);
    expect(heard).toEqual(["twice", "twice", "once", "late"]);
    broker.interrupt();
    a.publish("once", bytes(""));
    broker.resume();
    expect(a.lost).toBe(1);
    expect(seen).toEqual(["disconnected", "reconnected"]);
  });
});

describe("NATS", () => {
  it("comes back by itself after a restart of the server; what was sent meanwhile is counted as lost", async () => {
    const own = await startBroker();
    const [a, b] = [await connectNats({ url: own.url }), await connectNats({ url: own.url })];
    const seen: string[] = [];
    const heard: string[] = [];
    a.onStatus((status) => seen.push(status));
    b.subscribe("t4", (delivery) => heard.push(text(delivery)));
    await b.flush();
    const restarted = own.restart(100);
    await until(() => !a.connected);
    a.publish("t4", bytes("lost"));
    await restarted;
    await until(() => a.connected && b.connected);
    a.publish("t4", bytes("heard"));
    await until(() => heard.length > 0);
    expect(heard).toEqual(["heard"]);
    expect(a.lost).toBe(1);
    expect(seen).toEqual(["disconnected", "reconnected"]);
    await Promise.all([a.close(), b.close()]);
    await own.stop();
  });

  it("says so where its server can not be started again", async () => {
    const own = await startNatsServer();
    try {
      writeFileSync(configurationIn(own.keys as string), "listen: nowhere");
      const pid = processes().find(({ command }) => command.includes("nats-server -c") && command.includes(own.keys as string))?.pid;
      process.kill(pid as number, "SIGKILL");
      await until(() => own.lost.aborted);
      expect(own.lost.reason).toMatchObject({ code: "AERO_E_NATS", message: expect.stringContaining("its last words: ") });
    } finally {
      await own.stop();
    }
  });

  it("starts its server again when somebody kills it, and leaves none behind", async () => {
    const before = servers();
    const own = await startNatsServer({ open: true });
    const [first] = servers().filter((pid) => !before.includes(pid));
    const client = await connectNats({ url: own.url });
    process.kill(first as number, "SIGKILL");
    await until(() => !client.connected);
    await until(() => client.connected);
    const [second] = servers().filter((pid) => !before.includes(pid));
    expect(second).not.toBe(first);
    await client.close();
    await own.stop();
    expect(servers()).toEqual(before);
  });

  it("says that no server answers, without the password", async () => {
    const failed = connectNats({ url: "nats://joe:secret@127.0.0.1:9", waitMs: 0 });
    await expect(failed).rejects.toMatchObject({ code: "AERO_E_NATS", message: expect.not.stringContaining("secret") });
    expect(shownUrl("nats://joe:secret@host:1")).toBe("nats://host:1");
    expect(shownUrl("nats://a:b@one:1,nats://c:d@two:2")).toBe("nats://one:1,nats://two:2");
  });

  it("waits for a server no longer than it is asked to", async () => {
    const asked = new AbortController();
    const failed = connectNats({ url: "nats://127.0.0.1:9", signal: asked.signal });
    failed.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const reason = new Error("the launcher is gone");
    asked.abort(reason);
    await expect(failed).rejects.toBe(reason);
  });

  it("takes credentials from the environment", async () => {
    const door = { url: "nats://h", keys: undefined };
    const named = accessOf("guest", door, { AEROSTAT_NATS_USER: "u", AEROSTAT_NATS_PASS: "p" });
    expect(named).toEqual({ url: "nats://h", user: "u", pass: "p" });
    expect(accessOf("guest", door, { AEROSTAT_NATS_TOKEN: "t" })).toEqual({ url: "nats://h", token: "t" });
  });

  it("says that its own server ended at once, and what that said last", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bus-test-"));
    writeFileSync(join(folder, "nats-server"), "#!/bin/sh\necho starting\necho 'no port is good enough' >&2\nexit 1\n", { mode: 0o755 });
    const failed = startNatsServer({ open: true }, { PATH: folder });
    await expect(failed).rejects.toMatchObject({
      code: "AERO_E_NATS",
      message: expect.stringMatching(/ended before it listened .*: no port is good enough$/),
    });
    rmSync(folder, { recursive: true });
  });

  it("finds the server, or names the ways to get one", async () => {
    expect(findNatsServer()).toMatch(/nats-server$/);
    expect(await openBroker({ AEROSTAT_NATS_URL: "nats://there:4222" })).toMatchObject({ url: "nats://there:4222", external: true });
  });
});

describe("the subject tree", () => {
  const roster = [
    { id: 0, name: "conductor", role: "conductor" },
    { id: 1, name: "monitor", role: "monitor" },
    { id: 2, name: "h1", role: "hypervisor" },
    { id: 3, name: "vm-01", role: "guest" },
    { id: 4, name: "vm-02", role: "guest" },
  ] as const;
  const subjects = new Subjects("r1", roster);

  it("is what docs/bus.md says", () => {
    expect(subjects.message(3, 2)).toBe("aerostat.r1.host.h1.from.vm-01");
    expect(subjects.message(2, 3)).toBe("aerostat.r1.vm.vm-01");
    expect(subjects.message(2, 1)).toBe("aerostat.r1.telemetry.h1");
    expect(subjects.order(3)).toBe("aerostat.r1.fault.order.vm-01");
    expect(subjects.grant("p")).toBe("aerostat.r1.clock.grant.p");
  });

  it("each message's subject is one that its receiver listens to", () => {
    for (const [source, destination] of [
      [3, 2],
      [2, 4],
      [4, 1],
      [2, 1],
    ] as const) {
      expect(matches(subjects.inbox(destination), subjects.message(source, destination))).toBe(true);
    }
  });

  it("a sender can speak only as itself, and only to its host and the monitor", () => {
    expect(subjects.allows("aerostat.r1.host.h1.from.vm-01", 3, 2)).toBe(true);
    expect(subjects.allows("aerostat.r1.host.h1.from.vm-01", 4, 2)).toBe(false);
    expect(subjects.allows("aerostat.r1.vm.vm-02", 3, 4)).toBe(false);
    expect(subjects.allows("aerostat.r1.vm.vm-02", 2, 4)).toBe(true);
    expect(subjects.allows("aerostat.r1.vm.vm-02", 2, 3)).toBe(false);
    expect(subjects.allows("aerostat.r1.telemetry.vm-01", 99, 1)).toBe(false);
  });

  it("refuses names that would be more than one token", () => {
    const subjects = new Subjects("r");
    const named = [
      (name: string) => new Subjects(name),
      (name: string) => subjects.register(name),
      (name: string) => subjects.renew(name),
      (name: string) => subjects.heartbeat(name),
      (name: string) => subjects.grant(name),
      (name: string) => subjects.done(name),
    ];
    for (const name of ["", "a.b", "a b", "a*", "*", ">", "x 0\r\n\r\nPUB y", "x\n", "x".repeat(65)])
      for (const subject of named) expect(() => subject(name)).toThrow(/can not be used on the bus; allowed: 1 to 64 of/);
    expect(() => new Subjects("r", [{ id: 0, name: "vm.1", role: "guest" }])).toThrow(/actor "vm.1"/);
  });

  it("matches as NATS does", () => {
    expect(matches("a.>", "a.b.c")).toBe(true);
    expect(matches("a.>", "a")).toBe(false);
    expect(matches("a.*", "a.b.c")).toBe(false);
    expect(matches("a.*.c", "a.b.c")).toBe(true);
  });
});

/** Process numbers of the NATS servers that this process started: children of its shells. */
function servers(): number[] {
  const all = processes();
  const shells = new Set(all.filter(({ parent }) => parent === process.pid).map(({ pid }) => pid));
  return all.filter(({ parent, command }) => shells.has(parent) && command.includes("nats-server")).map(({ pid }) => pid);
}
