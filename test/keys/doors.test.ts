/** Who may do what on a bus with keys: each refusal is the server's own, seen from a client that may try everything. */
import { once } from "node:events";
import { connect as dial } from "node:net";
import type { NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { toyScenario } from "../../bench/toy.ts";
import { conductorAccess } from "../../lib/bus/access.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { type Broker, startNatsServer } from "../../lib/bus/server.ts";
import { EVERY, Subjects } from "../../lib/bus/subjects.ts";
import { FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { createAuthority } from "../../lib/keys/authority.ts";
import { Identity, type Rights } from "../../lib/keys/identity.ts";
import { inboxOf, leaseRights } from "../../lib/keys/permissions.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import { decodeControl, encodeControl, isRefusal } from "../../lib/wire/frame.ts";
import { CONTRACT } from "../../lib/wire/messages.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { quiet, VERSION } from "../federate/harness.ts";
import { raw, register, rightsOf, trying } from "./world.ts";

const RUN = "doors";
const scenario = toyScenario(4, 5e9);
const roster = rosterOf(scenario);
const subjects = new Subjects(RUN, roster);
const [MINE, OTHER] = [FIRST_GUEST, FIRST_GUEST + 1];

type Who = "guest" | "monitor" | "hypervisor" | "operator" | "newcomer";
let broker: Broker;
let stop: AbortController;
let conducting: Promise<unknown>;
let mine: Rights;
let others: Rights;
const clients = {} as Record<Who, NatsConnection>;

beforeAll(async () => {
  broker = await startNatsServer();
  stop = new AbortController();
  // Two VMs never come, so it waits for as long as the tests take.
  const options = { scenario, run: RUN, version: VERSION, virtual: false, log: quiet, rosterLimitMs: 0, signal: stop.signal };
  conducting = runConductor({ ...options, ...(await conductorAccess(broker)) });
  const identity = new Identity();
  // The conductor listens a moment later.
  await vi.waitFor(() => register(broker, RUN, "guest", "guest-a", identity), { timeout: 10_000 });
  mine = (await register(broker, RUN, "guest", "guest-a", identity)).rights;
  others = (await register(broker, RUN, "guest", "guest-b")).rights;
  clients.guest = await raw(broker, mine);
  clients.newcomer = await raw(broker, await rightsOf(broker, "guest"));
  clients.operator = await raw(broker, await rightsOf(broker, "operator"));
  for (const role of ["monitor", "hypervisor"] as const)
    clients[role] = await raw(broker, (await register(broker, RUN, role, role)).rights);
});
afterAll(async () => {
  for (const client of Object.values(clients)) await client.close();
  stop.abort();
  await conducting;
  await broker.stop();
});

const host = subjects.message(MINE, HYPERVISOR);
const PUBLISH: [Who, string, boolean][] = [
  ["guest", host, true],
  ["guest", subjects.message(MINE, MONITOR), true],
  ["guest", subjects.heartbeat("guest-a"), true],
  ["guest", subjects.message(OTHER, HYPERVISOR), false],
  ["guest", subjects.message(OTHER, MONITOR), false],
  ["guest", subjects.message(HYPERVISOR, OTHER), false],
  ["guest", subjects.message(HYPERVISOR, MINE), false],
  ["guest", subjects.heartbeat("guest-b"), false],
  ["guest", subjects.renew("guest-b"), false],
  ["guest", subjects.done("guest-b"), false],
  ["guest", subjects.grant("guest-b"), false],
  ["guest", subjects.register("guest"), false],
  ["guest", subjects.register("hypervisor"), false],
  ["guest", subjects.inject, false],
  ["guest", subjects.order(OTHER), false],
  ["guest", subjects.status, false],
  ["guest", new Subjects("other", roster).message(MINE, HYPERVISOR), false],
  ["guest", "anything.else", false],
  ["newcomer", subjects.register("guest"), true],
  ["newcomer", subjects.register("monitor"), false],
  ["newcomer", subjects.register("hypervisor"), false],
  ["newcomer", host, false],
  ["newcomer", subjects.scenario, false],
  ["newcomer", subjects.inject, false],
  ["monitor", subjects.heartbeat("monitor"), true],
  ["monitor", subjects.message(HYPERVISOR, MINE), false],
  ["monitor", host, false],
  ["monitor", subjects.message(MINE, MONITOR), false],
  ["monitor", subjects.inject, false],
  ["monitor", subjects.order(MINE), false],
  ["monitor", subjects.grant("guest-a"), false],
  ["hypervisor", subjects.message(HYPERVISOR, MINE), true],
  ["hypervisor", subjects.message(HYPERVISOR, OTHER), true],
  ["hypervisor", host, false],
  ["hypervisor", subjects.inject, false],
  ["hypervisor", subjects.order(MINE), false],
  ["operator", subjects.inject, true],
  ["operator", subjects.status, true],
  ["operator", subjects.order(MINE), false],
  ["operator", subjects.message(HYPERVISOR, MINE), false],
  ["operator", subjects.grant("guest-a"), false],
  ["operator", subjects.register("guest"), false],
];
const SUBSCRIBE: [Who, string, boolean][] = [
  ["guest", subjects.inbox(MINE), true],
  ["guest", subjects.order(MINE), true],
  ["guest", subjects.grant("guest-a"), true],
  ["guest", subjects.inbox(OTHER), false],
  ["guest", subjects.everyVm("inbox"), false],
  ["guest", subjects.inbox(HYPERVISOR), false],
  ["guest", subjects.inbox(MONITOR), false],
  ["guest", subjects.order(OTHER), false],
  ["guest", subjects.grant("guest-b"), false],
  ["guest", subjects.grant(EVERY), false],
  ["guest", subjects.heartbeat(EVERY), false],
  ["guest", subjects.everything, false],
  ["guest", "_INBOX.>", false],
  ["guest", ">", false],
  ["newcomer", subjects.inbox(MINE), false],
  ["newcomer", subjects.register("guest"), false],
  ["newcomer", "_INBOX.>", false],
  ["monitor", subjects.inbox(MONITOR), true],
  ["monitor", subjects.inbox(MINE), false],
  ["monitor", subjects.inbox(HYPERVISOR), false],
  ["monitor", subjects.inject, false],
  ["hypervisor", subjects.inbox(HYPERVISOR), true],
  ["hypervisor", subjects.inbox(MINE), false],
  ["hypervisor", subjects.inbox(MONITOR), false],
  ["operator", subjects.inbox(MONITOR), false],
  ["operator", subjects.everything, false],
];

describe("the server lets each", () => {
  test.each(PUBLISH)("%s publish on %s: %s", async (who, subject, allowed) => {
    expect((await trying(clients[who], "publish", subject)) === undefined).toBe(allowed);
  });
  test.each(SUBSCRIBE)("%s subscribe to %s: %s", async (who, subject, allowed) => {
    expect((await trying(clients[who], "subscribe", subject)) === undefined).toBe(allowed);
  });

  test("nobody hears the answers to another", async () => {
    expect(await trying(clients.guest, "subscribe", `${inboxOf(others.publicKey)}.>`)).toBe("PERMISSIONS_VIOLATION");
  });
});

test("what the server refuses a process is counted, and told once for each subject", async () => {
  const told: string[] = [];
  const refusals = new Refusals((text) => told.push(text));
  const bus = await connectNats({ url: broker.url, rights: mine, onDenied: refusals.denied });
  bus.subscribe(subjects.inbox(OTHER), () => undefined);
  for (let i = 0; i < 3; i++) bus.publish(subjects.message(OTHER, HYPERVISOR), new Uint8Array([1]));
  bus.publish(host, new Uint8Array([1]));
  await vi.waitFor(() => expect(refusals.total).toBe(4));
  await bus.close();
  expect(Object.fromEntries(refusals.counts)).toEqual({ "denied subscription": 1, "denied publish": 3 });
  expect(told).toEqual([
    expect.stringContaining(`subscription of ${subjects.inbox(OTHER)};`),
    expect.stringContaining(`publish of ${subjects.message(OTHER, HYPERVISOR)};`),
  ]);
});

describe("there is no other way in", () => {
  test.each([
    ["no key", () => undefined],
    ["rights without their key", () => ({ ...others, seed: mine.seed })],
    ["rights that another authority signed", async () => forged()],
    ["rights that were changed", () => ({ ...mine, jwt: `${mine.jwt.slice(0, -4)}AAAA` })],
  ])("%s", async (_what, rights) => {
    await expect(raw(broker, await rights())).rejects.toThrow(/authorization violation/i);
  });

  async function forged(): Promise<Rights> {
    const { issuer } = await createAuthority();
    const identity = new Identity();
    return identity.rights(await issuer.issue("intruder", identity.publicKey, leaseRights(RUN, roster, "guest-a", [MINE])));
  }

  test("a process name that is taken is not given to another key", async () => {
    const { answer } = await register(broker, RUN, "guest", "guest-a", new Identity());
    expect(answer).toMatchObject({ accepted: false, retry: false, reason: 'there is another process of the name "guest-a"', rights: "" });
  });

  test("a role's key does not register another role", async () => {
    await expect(register(broker, RUN, "hypervisor", "intruder", new Identity(), "guest")).rejects.toThrow();
  });

  test("a key without its checksum is refused, and its conductor goes on", async () => {
    const publicKey = `U${"A".repeat(55)}`;
    const liar = { publicKey, rights: (jwt: string) => ({ jwt, seed: "", publicKey }) } as Identity;
    const { answer } = await register(broker, RUN, "guest", "liar", liar);
    expect(answer).toMatchObject({ accepted: false, reason: "the process's public key is no nkey of a user" });
    const status = await clients.operator.request(subjects.status, encodeControl("statusRequest", { run: RUN }), { timeout: 3_000 });
    expect(decodeControl("status", status.data)).toMatchObject({ phase: "waiting" });
  });

  test("a renewal gets no lease, whatever role it names: the server sees its subject alone, the conductor refuses it", async () => {
    const identity = new Identity();
    const { answer, rights } = await register(broker, RUN, "guest", "guest-c", identity);
    const client = await raw(broker, rights);
    // The host's process is silent then: its place could be had.
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    const left = { epoch: answer.epoch, process: "guest-c", error: "", digests: [], left: true, eventsRun: 0 };
    await client.request(subjects.done("guest-c"), encodeControl("finished", left), { timeout: 3_000 });
    const self = { run: RUN, process: "guest-c", contract: CONTRACT, version: VERSION, capacity: 1, epoch: answer.epoch, pid: 1 };
    const more = { role: "hypervisor", heldActors: [HYPERVISOR], realFaults: false, userKey: identity.publicKey };
    const { data } = await client.request(subjects.renew("guest-c"), encodeControl("register", { ...self, ...more }), { timeout: 3_000 });
    expect(decodeControl("registration", data)).toMatchObject({ accepted: false, retry: false, actors: [], rights: "" });
    // It left: soon the server does not let it speak at all.
    expect(await client.closed()).toMatchObject({ message: "'User Authentication Revoked'" });
  });

  test("what comes before the greeting is cut off, however long it is", async () => {
    const socket = dial(Number(new URL(broker.url).port), "127.0.0.1");
    await once(socket, "data");
    const closed = new Promise((resolve) => socket.on("error", () => undefined).once("close", resolve));
    socket.write(`CONNECT ${"x".repeat(1_000_000)}`);
    await closed;
  });
});

test("the operator's key asks and injects; the answer comes from the conductor", async () => {
  const ask = async (subject: string, frame: Uint8Array) => (await clients.operator.request(subject, frame, { timeout: 3_000 })).data;
  const status = decodeControl("status", await ask(subjects.status, encodeControl("statusRequest", { run: RUN })));
  expect(isRefusal(status) ? status : status.phase).toBe("waiting");
  const fault = '{"fault":"crash","target":"nobody"}';
  const reply = decodeControl("injectReply", await ask(subjects.inject, encodeControl("injectRequest", { run: RUN, fault })));
  expect(reply).toMatchObject({ accepted: false, reason: expect.stringContaining("while the run is running") });
});
