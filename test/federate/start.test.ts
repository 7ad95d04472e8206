/** A process whose company can not be opened leaves nothing behind. */
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MemoryBroker, type MemoryBus } from "../../lib/bus/memory.ts";
import { freePort } from "../../lib/bus/server.ts";
import { AerostatError } from "../../lib/errors.ts";
import { type FederateOptions, runFederate } from "../../lib/federate/federate.ts";
import { conductOn, runConductor } from "../../services/conductor/main.ts";
import { runMonitorProcess } from "../../services/monitor/main.ts";
import { startBroker } from "../broker.ts";
import { fakeScenario } from "../monitor/fake.ts";
import { quiet, VERSION } from "./harness.ts";

const shared = { run: "failing", nats: { url: "memory" }, version: VERSION, log: quiet };
const played = { ...shared, scenario: fakeScenario({ guests: 1 }), virtual: false, silentLimitMs: 1 };

test("its connections to the bus are closed", async () => {
  const stop = new AbortController();
  const broker = new MemoryBroker();
  const conducting = conductOn(broker.connect(), { ...played, signal: stop.signal });
  const connections: MemoryBus[] = [];
  const connect: FederateOptions["connect"] = () => {
    const bus = broker.connect();
    connections.push(bus);
    return Promise.resolve(bus);
  };
  const open = (): never => {
    throw new AerostatError("AERO_E_INPUT", "the port is taken");
  };
  await expect(runFederate({ ...shared, role: "monitor", connect, open })).rejects.toThrow("the port is taken");
  expect(connections.map(({ connected }) => connected)).toEqual([false, false]);
  stop.abort();
  await conducting;
});

test.skipIf(!existsSync("/proc/self/fd"))(
  "the monitor's journal is closed where the port of its pages is taken",
  async () => {
    const [stop, out] = [new AbortController(), mkdtempSync(join(tmpdir(), "aerostat-start-"))];
    const broker = await startBroker();
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    const nats = { url: broker.url };
    const conducting = runConductor({ ...played, nats, signal: stop.signal, outDir: join(out, "failing") });
    try {
      const monitor = runMonitorProcess({ run: "failing", nats, version: VERSION, logLevel: "silent", http: `127.0.0.1:${port}` });
      await expect(monitor).rejects.toThrow("another program listens there");
      const open = readdirSync("/proc/self/fd").flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
      expect(readdirSync(join(out, "failing"))).toContain("journal-0001.bin");
      expect(open.filter((path) => path.includes("journal-"))).toEqual([]);
    } finally {
      stop.abort();
      await conducting;
      other.close();
      await broker.stop();
      rmSync(out, { recursive: true, force: true });
    }
  },
  30_000,
);
