/** Rights end with the lease: the server itself cuts off who had them, and does not let them in again. */
import type { NatsConnection } from "nats";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { accessOf, conductorAccess } from "../../lib/bus/access.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import { type Broker, startNatsServer } from "../../lib/bus/server.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { runFederate } from "../../lib/federate/federate.ts";
import type { Rights } from "../../lib/keys/identity.ts";
import { Identity } from "../../lib/keys/identity.ts";
import { revokerKeysIn } from "../../lib/keys/keyring.ts";
import { Revoker, type RevokerKeys } from "../../lib/keys/revoker.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { aerostat } from "../cli/helpers.ts";
import { quiet, VERSION } from "../federate/harness.ts";
import { raw, register, trying } from "./world.ts";

const RUN = "revoked";
const SILENT_MS = 300;
const scenario = toyScenario(1, 5e9);
const subjects = new Subjects(RUN, rosterOf(scenario));
const toHost = subjects.message(FIRST_GUEST, HYPERVISOR);

let broker: Broker;
let stop: AbortController;
let conducting: Promise<unknown>;
beforeEach(async () => {
  broker = await startNatsServer();
  stop = new AbortController();
  // The hypervisor never comes, so it waits for as long as a test takes.
  const patience = { rosterLimitMs: 0, expiryMs: SILENT_MS, signal: stop.signal };
  conducting = runConductor({
    scenario,
    run: RUN,
    version: VERSION,
    virtual: false,
    log: quiet,
    ...patience,
    ...(await conductorAccess(broker)),
  });
});
afterEach(async () => {
  stop.abort();
  await conducting;
  await broker.stop();
});

/** The conductor listens a moment after its start. */
const leased = (name: string): Promise<Rights> =>
  vi.waitFor(async () => (await register(broker, RUN, "guest", name, identities[name])).rights, { timeout: 10_000 });
const identities: Record<string, Identity> = {};
const isRefused = (rights: Rights): Promise<boolean> =>
  raw(broker, rights).then(
    (client) => client.close().then(() => false),
    (error) => /authorization violation/i.test(String(error)),
  );
async function withRevoker<T>(work: (revoker: Revoker) => Promise<T>): Promise<T> {
  const keys = revokerKeysIn(broker.keys as string) as RevokerKeys;
  const bus = await connectNats({ url: broker.url, rights: keys.rights });
  try {
    return await work(new Revoker(bus, keys));
  } finally {
    await bus.close();
  }
}
const nowS = (): number => Math.floor(Date.now() / 1000);

test("whose VM has gone to another is cut off, through a restart of the server too; the other is not", async () => {
  identities.first = new Identity();
  identities.second = new Identity();
  const first = await leased("first");
  const client = await raw(broker, first);
  const cutOff = client.closed();
  expect(await trying(client, "publish", toHost)).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 2 * SILENT_MS));
  const second = await leased("second");
  expect(await cutOff).toMatchObject({ message: "'User Authentication Revoked'" });
  expect(await isRefused(first)).toBe(true);
  const other: NatsConnection = await raw(broker, second);
  expect(await trying(other, "publish", toHost)).toBeUndefined();
  await other.close();

  await broker.restart();
  await vi.waitFor(async () => expect(await isRefused(first)).toBe(true), { timeout: 10_000 });
  expect(await isRefused(second)).toBe(false);
  stop.abort();
  await conducting;
  // The run is over, and with it every lease.
  expect(await isRefused(second)).toBe(true);
});

test("what one revoker has revoked the next one does not give back", async () => {
  const [one, two] = [await leased("one"), new Identity()];
  await withRevoker((revoker) => revoker.revoke([one.publicKey], nowS()));
  await withRevoker((revoker) => revoker.revoke([two.publicKey], nowS()));
  expect(await isRefused(one)).toBe(true);
});

test("a process that is cut off says so, and ends", async () => {
  const keys: string[] = [];
  const connect: Parameters<typeof runFederate>[0]["connect"] = (_purpose, access) => {
    if (access.rights !== undefined) keys.push(access.rights.publicKey);
    return connectNats(access);
  };
  const open = () => ({ cast: toyCast(scenario) });
  const ended = runFederate({
    role: "guest",
    run: RUN,
    nats: accessOf("guest", broker),
    version: VERSION,
    log: quiet,
    realFaults: false,
    open,
    connect,
  });
  // With the key of its role, with its own, and once more for its telemetry.
  await vi.waitFor(() => expect(keys).toHaveLength(3), { timeout: 10_000 });
  const failed = expect(ended).rejects.toMatchObject({ code: "AERO_E_REGISTER", message: expect.stringContaining("were taken back") });
  await withRevoker((revoker) => revoker.revoke([keys[1] as string], nowS()));
  await failed;
});

test("a role's key is refused when `aerostat keys --renew` has made another, by the server that runs and by the next", async () => {
  const folder = broker.keys as string;
  const { rights: taken } = accessOf("guest", broker) as { rights: Rights };
  const client = await raw(broker, taken);
  const cutOff = client.closed();
  const done = await aerostat("keys", folder, "--renew", "guest", "--nats", broker.url);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`the old one, ${taken.publicKey}, is void`) });
  expect(await cutOff).toMatchObject({ message: "'User Authentication Revoked'" });
  expect(await isRefused(taken)).toBe(true);
  expect((await leased("honest")).jwt).not.toBe("");
  await broker.restart();
  expect(await isRefused(taken)).toBe(true);
  expect(await aerostat("keys", folder, "--renew", "nobody")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Allowed choices"),
  });
  expect(await aerostat("keys", `${folder}-none`, "--renew", "guest")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("has no keys"),
  });
  expect(await aerostat("keys", folder, "--nats", broker.url)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("only with --renew"),
  });
});

test("the revoker's key can do nothing else", async () => {
  const { rights, account } = revokerKeysIn(broker.keys as string) as RevokerKeys;
  const client = await raw(broker, rights);
  for (const subject of ["$SYS.REQ.SERVER.PING.VARZ", `$SYS.REQ.ACCOUNT.${account}.CONNZ`, toHost])
    expect(await trying(client, "publish", subject), subject).toBe("PERMISSIONS_VIOLATION");
  for (const subject of ["$SYS.>", ">", subjects.everything])
    expect(await trying(client, "subscribe", subject)).toBe("PERMISSIONS_VIOLATION");
  await client.close();
});
