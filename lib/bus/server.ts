/** A NATS server of our own: found on this machine, on a free loopback port, with nothing kept; for tests, `npm start` and `verify`. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AerostatError } from "../errors.ts";
import { makeFolder } from "../folder.ts";
import { configurationIn, createKeyring } from "../keys/keyring.ts";
import { KEYS_FOLDER } from "./access.ts";
import { serverConfig } from "./serverconfig.ts";
import { NATS_URL } from "./url.ts";

export interface Broker {
  readonly url: string;
  /** Folder of the keys that it asks for (lib/keys/keyring.ts); undefined: those of the environment, or none. */
  readonly keys: string | undefined;
  /** True where the server was there before us: it is not ours to stop. */
  readonly external: boolean;
  /** Aborted, with the reason, where the server has ended and can not be started again. */
  readonly lost: AbortSignal;
  /** SIGKILL, and a new server on the same port after `downMs`. */
  restart(downMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export const NATS_MISSING = [
  "No NATS server was found. Any one of these will do:",
  "  - a running server:   export AEROSTAT_NATS_URL=nats://HOST:4222",
  "  - Debian, Ubuntu:     sudo apt-get install nats-server",
  "  - macOS (Homebrew):   brew install nats-server",
  "  - any other system:   put nats-server from https://nats.io/download on the PATH",
].join("\n");

/** Debian puts the server where only root's PATH looks. */
const OTHER_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
const START_LIMIT_MS = 10_000;
const POLL_MS = 20;

export function findNatsServer(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [...(env.PATH ?? "").split(delimiter), ...OTHER_FOLDERS].filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "nats-server")).find((path) => existsSync(path));
}

export interface OwnServer {
  /** Anybody may do anything, for benches and tests; default: everybody needs a key, and may do what is its own. */
  readonly open?: boolean;
  readonly tls?: boolean;
}

/** The server that the user names, else one of our own. */
export async function openBroker(env: NodeJS.ProcessEnv = process.env, own: OwnServer = {}): Promise<Broker> {
  const url = env[NATS_URL];
  if (url === undefined || url === "") return startNatsServer(own, env);
  const notOurs = (): Promise<never> =>
    Promise.reject(new AerostatError("AERO_E_NATS", "the NATS server of AEROSTAT_NATS_URL is not ours to restart"));
  return {
    url,
    keys: env[KEYS_FOLDER] || undefined,
    external: true,
    lost: new AbortController().signal,
    restart: notOurs,
    stop: () => Promise.resolve(),
  };
}

/**
 * Starts a server. A shell stands between: it ends the server when this process is gone, however it went.
 */
export async function startNatsServer(
  { open = false, tls = false }: OwnServer = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Broker> {
  const binary = findNatsServer(env);
  if (binary === undefined) throw new AerostatError("AERO_E_NATS", NATS_MISSING);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "aerostat-nats-"));
  const listen = `127.0.0.1:${port}`;
  const keys = join(folder, "keys");
  const config = configurationIn(keys);
  if (open) {
    makeFolder(join(keys, "nats"));
    writeFileSync(config, serverConfig({ listen }));
  } else await createKeyring(keys, { listen, ...(tls ? { tlsHosts: ["127.0.0.1", "localhost"] } : {}) });
  let server: ChildProcess;
  let wanted = true;
  const lost = new AbortController();
  const launch = async (): Promise<void> => {
    const fresh = await start(binary, config, port);
    server = fresh;
    if (!wanted) await end(fresh);
    // A server that dies by itself, or is killed, is started again: its clients connect again.
    fresh.once("exit", () => {
      if (wanted && server === fresh) launch().catch((error: unknown) => lost.abort(error));
    });
  };
  const quit = async (): Promise<void> => {
    wanted = false;
    await end(server);
  };
  try {
    await launch();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `${tls ? "tls" : "nats"}://${listen}`,
    keys: open ? undefined : keys,
    external: false,
    lost: lost.signal,
    restart: async (downMs = 0) => {
      await quit();
      await delay(downMs);
      wanted = true;
      await launch();
    },
    stop: async () => {
      await quit();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The shell's stdin is a pipe from us: its end, at our death or on purpose, is the order to stop. The shell ends with the server. */
const GUARD = [
  "exec 3<&0",
  '"$0" -c "$1" </dev/null >"$1.log" 2>&1 3<&- & server=$!',
  "{ read -r _ <&3; kill -9 $server; } & reader=$!",
  "wait $server 2>/dev/null",
  "kill $reader 2>/dev/null",
].join("\n");

async function start(binary: string, config: string, port: number): Promise<ChildProcess> {
  const guard = spawn("/bin/sh", ["-c", GUARD, binary, config], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.stdin?.on("error", () => undefined);
  guard.unref();
  const beganMs = performance.now();
  while (!(await answers(port))) {
    const hasEnded = guard.exitCode !== null;
    if (hasEnded || performance.now() - beganMs > START_LIMIT_MS) {
      await end(guard);
      const what = hasEnded ? "ended before it listened" : `did not start to listen within ${START_LIMIT_MS / 1000} s`;
      throw new AerostatError(
        "AERO_E_NATS",
        `${binary} ${what} on port ${port} of 127.0.0.1; its last words: ${lastLine(`${config}.log`)}`,
      );
    }
    await delay(POLL_MS);
  }
  return guard;
}

function lastLine(file: string): string {
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return text.slice(text.lastIndexOf("\n") + 1) || "none";
}

function end(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null || guard.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    guard.ref();
    guard.once("exit", () => resolve());
    guard.stdin?.destroy();
  });
}

/** The server greets every client with a line that begins with INFO. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("data", (data) => end(data.toString("latin1").startsWith("INFO ")));
    socket.once("error", () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}

/** A port of loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
