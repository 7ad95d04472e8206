/** Runs behind locked doors: as open ones, with keys, with TLS, through restarts; and the folder of keys itself. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { accessOf, conductorAccess } from "../../lib/bus/access.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import { type Broker, startNatsServer } from "../../lib/bus/server.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { createKeyring, issuerIn } from "../../lib/keys/keyring.ts";
import { KEY_ROLES } from "../../lib/keys/permissions.ts";
import { keysOf } from "../../lib/keys/rolekeys.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { aerostat } from "../cli/helpers.ts";
import { federate, quiet, VERSION } from "../federate/harness.ts";
import { raw } from "./world.ts";

const scenario = toyScenario(5, 20e9);
const base = mkdtempSync(join(tmpdir(), "aerostat-keys-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function digestOn(broker: Broker, run: string, onProgress?: (nowNs: number) => void): Promise<string> {
  const roles = [...Array.from({ length: 5 }, () => "guest" as const), "hypervisor" as const, "monitor" as const];
  const ends = roles.map(async (role) => {
    const nats = accessOf(role, broker);
    return federate({ scenario, run, nats }, role);
  });
  const options = { scenario, run, version: VERSION, virtual: true, log: quiet };
  const { digest } = await runConductor({ ...options, ...(await conductorAccess(broker)), onProgress: ({ nowNs }) => onProgress?.(nowNs) });
  await Promise.all(ends);
  return digest;
}

describe("a run in virtual time gives the digest of one process", () => {
  let expected: string;
  beforeAll(async () => {
    expected = (await runLocalVirtual({ scenario, cast: toyCast(scenario) })).digest;
  });

  test("with keys, through a restart of the server", async () => {
    const broker = await startNatsServer();
    let restarting: Promise<void> | undefined;
    const digest = await digestOn(broker, "keys", (nowNs) => {
      if (nowNs > 5e9) restarting ??= broker.restart(50);
    });
    await restarting;
    await broker.stop();
    expect(restarting).toBeDefined();
    expect(digest).toBe(expected);
  });

  test("with TLS; who does not trust the authority stays outside", async () => {
    const broker = await startNatsServer({ tls: true });
    try {
      expect(broker.url).toMatch(/^tls:/);
      expect(await digestOn(broker, "tls")).toBe(expected);
      const { rights, ca } = keysOf(broker.keys as string, "operator");
      await expect(raw(broker, rights)).rejects.toThrow(/certificate/);
      await (await raw(broker, rights, ca)).close();
      await expect(connectNats({ url: broker.url, waitMs: 0 })).rejects.toMatchObject({ code: "AERO_E_NATS" });
    } finally {
      await broker.stop();
    }
  });
});

describe("the folder of keys", () => {
  test("gives each role its own folder, which only its owner may read, and the issuer's seed to the conductor alone", async () => {
    const folder = join(base, "ring");
    await createKeyring(folder, { listen: "127.0.0.1:4222", tlsHosts: ["nats", "127.0.0.1"] });
    expect(readdirSync(folder).sort()).toEqual(["nats", ...KEY_ROLES].sort());
    for (const part of readdirSync(folder)) {
      expect(statSync(join(folder, part)).mode & 0o077, part).toBe(0);
      for (const file of readdirSync(join(folder, part))) expect(statSync(join(folder, part, file)).mode & 0o077, file).toBe(0);
      for (const file of ["issuer.nk", "operator.nk", "system.creds"])
        expect(readdirSync(join(folder, part)).includes(file), file).toBe(part === "conductor");
    }
    expect(issuerIn(folder)).toBeDefined();
  });

  test("that is not there, or broken, is named with what would help", async () => {
    expect(() => keysOf(join(base, "none"), "guest")).toThrow(
      expect.objectContaining({
        code: "AERO_E_INPUT",
        message: expect.stringMatching(/guest\/nats\.creds is not there; `aerostat keys` makes a folder of them/),
      }),
    );
    const folder = join(base, "broken");
    await createKeyring(folder, { listen: "127.0.0.1:4222" });
    writeFileSync(join(folder, "guest/nats.creds"), "not keys");
    expect(() => keysOf(folder, "guest")).toThrow(/is no NATS credentials file/);
  });

  test("is made by `aerostat keys`, and never overwritten", async () => {
    const folder = join(base, "made");
    const made = await aerostat("keys", folder, "--tls", "localhost");
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining(`nats-server --config ${folder}/nats/server.conf`) });
    expect(made.stdout).not.toMatch(/S[AU][A-Z2-7]{20}/);
    expect(await aerostat("keys", folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds keys already; --keep leaves them"),
    });
    expect((await aerostat("keys", folder, "--keep")).code).toBe(0);
    expect(await aerostat("keys", join(base, "x"), "--listen", "4222")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("HOST:PORT"),
    });
  });
});
