/** Three NATS servers of one cluster on this machine, each of which can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "nats";
import { findNatsServer, freePort } from "../../lib/bus/server.ts";
import { configurationIn, createKeyring } from "../../lib/keys/keyring.ts";

export interface Cluster {
  readonly urls: readonly string[];
  /** Folder of the keys that all three ask for. */
  readonly keys: string;
  /** Ports on which they listen for one another. */
  readonly routes: readonly number[];
  /** SIGKILL. */
  kill(index: number): void;
  stop(): void;
}

const SERVERS = 3;
const START_MS = 15_000;

export async function startCluster(): Promise<Cluster> {
  const keys = mkdtempSync(join(tmpdir(), "aerostat-cluster-"));
  const ports: number[] = [];
  while (ports.length < 2 * SERVERS) ports.push(await freePort());
  const [clients, routes] = [ports.slice(0, SERVERS), ports.slice(SERVERS)];
  await createKeyring(keys, { listen: "127.0.0.1:0", routes: routes.map((port) => `127.0.0.1:${port}`) });
  const configuration = readFileSync(configurationIn(keys), "utf8");
  const children = clients.map((port, index) => {
    const file = join(keys, `server-${index}.conf`);
    // On one machine each needs ports of its own.
    const own = configuration.replace("127.0.0.1:0", `127.0.0.1:${port}`);
    writeFileSync(file, own.replace(`listen: "127.0.0.1:${routes[0]}"`, `listen: "127.0.0.1:${routes[index]}"`));
    return spawn(findNatsServer() as string, ["--config", file, "--name", `n${index}`], { stdio: "ignore" });
  });
  const urls = clients.map((port) => `nats://127.0.0.1:${port}`);
  await Promise.all(urls.map(answering));
  const kill = (child: ChildProcess | undefined): void => void child?.kill("SIGKILL");
  return {
    urls,
    keys,
    routes,
    kill: (index) => kill(children[index]),
    stop: () => {
      for (const child of children) kill(child);
      rmSync(keys, { recursive: true, force: true });
    },
  };
}

/** A server that refuses a client without a key is there. */
async function answering(url: string): Promise<void> {
  const beganMs = performance.now();
  for (;;) {
    try {
      await connect({ servers: url, reconnect: false, timeout: 500 });
    } catch (error) {
      if (/authorization/i.test(String(error))) return;
      if (performance.now() - beganMs > START_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
