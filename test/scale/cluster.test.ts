/** The system on a cluster of three NATS servers, one of which is killed in mid-run. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { accessOf, conductorAccess } from "../../lib/bus/access.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import type { ConductResult } from "../../lib/federate/conduct.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import type { Rights } from "../../lib/keys/identity.ts";
import { configurationIn, revokerKeysIn } from "../../lib/keys/keyring.ts";
import { Revoker, type RevokerKeys } from "../../lib/keys/revoker.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { federate, quiet, VERSION } from "../federate/harness.ts";
import { type Cluster, startCluster } from "./cluster.ts";

let cluster: Cluster | undefined;
afterEach(() => cluster?.stop());

/** Processes are spread over the servers; the conductor begins at the one that is killed when `at` has been reached. */
async function playOn(on: Cluster, run: string, virtual: boolean, seconds: number, atS: number): Promise<ConductResult> {
  const scenario = toyScenario(4, seconds * 1e9);
  const roles = [...Array.from({ length: 4 }, () => "guest" as const), "hypervisor" as const, "monitor" as const];
  // A client tries the servers in its own order, and is told of the others by each.
  const door = (first: number) => ({ url: on.urls.map((_, i) => on.urls[(first + i) % 3]).join(","), keys: on.keys });
  const ends = roles.map(async (role, index) => federate({ scenario, run, nats: accessOf(role, door(index)) }, role));
  let isKilled = false;
  const result = await runConductor({
    scenario,
    run,
    version: VERSION,
    virtual,
    log: quiet,
    ...(await conductorAccess(door(0))),
    onProgress: ({ phase, nowNs }) => {
      if (isKilled || phase !== "running" || nowNs < atS * 1e9) return;
      isKilled = true;
      on.kill(0);
    },
  });
  expect(isKilled).toBe(true);
  for (const end of await Promise.allSettled(ends)) expect(end.status).toBe("fulfilled");
  return result;
}

test("a key that is revoked at one server is refused by all", async () => {
  cluster = await startCluster();
  const { keys, urls } = cluster;
  const revokerKeys = revokerKeysIn(keys) as RevokerKeys;
  const { rights } = accessOf("guest", { url: "", keys }) as { rights: Rights };
  const bus = await connectNats({ url: urls[0] as string, rights: revokerKeys.rights });
  // The servers of a cluster find each other a moment after their start.
  await vi.waitFor(async () => {
    await new Revoker(bus, revokerKeys).revoke([rights.publicKey], Math.floor(Date.now() / 1000));
    for (const url of urls) await expect(connectNats({ url, rights, waitMs: 0 })).rejects.toThrow(/refuses this process/);
  }, 10_000);
  await bus.close();
});

/** What a server says to one that wants to join it with this password. */
async function joining(port: number, password: string | undefined): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  const secret = password === undefined ? {} : { user: "routes", pass: password };
  let said = "";
  socket.on("data", (text) => (said += text)).on("error", () => undefined);
  socket.write(
    `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, name: "N-STRANGER", cluster: "aerostat", ...secret })}\r\nPING\r\n`,
  );
  await vi.waitFor(() => expect(said).toMatch(/-ERR|PONG/), 5_000);
  socket.destroy();
  return said;
}

test("only who knows the password joins the cluster", async () => {
  cluster = await startCluster();
  const [, password] = /password: "(\S+)"/.exec(readFileSync(configurationIn(cluster.keys), "utf8")) as RegExpExecArray;
  for (const port of cluster.routes) {
    for (const wrong of [undefined, "", "routes"]) expect(await joining(port, wrong)).toMatch(/-ERR 'Authorization Violation'/);
    expect(await joining(port, password)).not.toMatch(/Authorization/);
  }
});

describe("a server of three is killed in mid-run, and the run goes on", () => {
  test("in virtual time, to the digest of one process", async () => {
    cluster = await startCluster();
    const scenario = toyScenario(4, 40e9);
    const { digest } = await runLocalVirtual({ scenario, cast: toyCast(scenario) });
    expect(await playOn(cluster, "virtual", true, 40, 5)).toMatchObject({ complete: true, digest });
  });

  test("on the wall clock, to its end", async () => {
    cluster = await startCluster();
    const result = await playOn(cluster, "wall", false, 12, 4);
    expect(result).toMatchObject({ complete: true, reason: "" });
    expect(result.nowNs).toBeGreaterThanOrEqual(12e9);
  });
});
