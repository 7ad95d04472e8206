/** `aerostat keys DIR`: keys for a NATS server and for every role, in a folder each; and a new one for a role whose key was taken. */
import { existsSync } from "node:fs";
import { connectNats } from "../../lib/bus/nats.ts";
import { shownUrl } from "../../lib/bus/url.ts";
import { AerostatError } from "../../lib/errors.ts";
import { configurationIn, createKeyring } from "../../lib/keys/keyring.ts";
import type { KeyRole } from "../../lib/keys/permissions.ts";
import { renewRole } from "../../lib/keys/renewal.ts";
import { Revoker } from "../../lib/keys/revoker.ts";
import { keysOf } from "../../lib/keys/rolekeys.ts";
import type { Io } from "../io.ts";

export interface KeysOptions {
  readonly listen: string;
  readonly tls: readonly string[];
  readonly cluster: readonly string[];
  readonly keep?: boolean;
  readonly renew?: KeyRole;
  readonly nats?: string;
}

const CONNECT_MS = 2_000;
const LISTEN = /^[A-Za-z0-9.:[\]-]+:\d{1,5}$/;

export async function keysCommand(folder: string, { listen, tls, cluster, keep, renew, nats }: KeysOptions, io: Io): Promise<number> {
  if (renew !== undefined) return renewed(folder, renew, nats, io);
  if (nats !== undefined) throw new AerostatError("AERO_E_INPUT", "--nats: a running server is told of a key only with --renew");
  if (!LISTEN.test(listen)) {
    throw new AerostatError("AERO_E_INPUT", `--listen ${listen}: write it as HOST:PORT, such as 127.0.0.1:4222 or 0.0.0.0:4222`);
  }
  checkRoutes(cluster);
  const configuration = configurationIn(folder);
  if (existsSync(configuration)) {
    if (!keep) throw new AerostatError("AERO_E_INPUT", `${folder} holds keys already; --keep leaves them, or name another folder`);
    io.stderr.write(`The keys in ${folder} are kept.\n`);
    return 0;
  }
  await createKeyring(folder, { listen, tlsHosts: tls, routes: cluster }).catch((cause: unknown) => unwritable(folder, cause));
  const lines = [
    `server     nats-server --config ${configuration}`,
    `services   --keys ${folder}, or AEROSTAT_NATS_KEYS; each needs the folder of its own role only`,
    `operator   npx aerostat status --keys ${folder}`,
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** Of what the system says of a folder or a file. */
function unwritable(folder: string, cause: unknown): never {
  if (!(cause instanceof Error) || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
  throw new AerostatError("AERO_E_INPUT", `keys can not be written to ${folder}: ${cause.message}; name a folder, there or not`, { cause });
}

/** One configuration is all servers', so they listen for one another on the same port. */
function checkRoutes(routes: readonly string[]): void {
  const wrong = routes.find((route) => !LISTEN.test(route));
  if (wrong !== undefined) throw new AerostatError("AERO_E_INPUT", `--cluster ${wrong}: write it as HOST:PORT, such as nats-0:6222`);
  const [port, other] = new Set(routes.map((route) => route.replace(/^.*:/, "")));
  if (other === undefined) return;
  throw new AerostatError("AERO_E_INPUT", `--cluster: ports ${port} and ${other}; the servers of a cluster have one port for each other`);
}

async function renewed(folder: string, role: KeyRole, url: string | undefined, io: Io): Promise<number> {
  const unixS = Math.floor(Date.now() / 1000);
  const { revoked, revoker } = await renewRole(folder, role, unixS).catch((cause: unknown) => unwritable(folder, cause));
  io.stdout.write(`${folder}/${role} has a new key; the old one, ${revoked}, is void\n`);
  if (url === undefined) {
    io.stdout.write("for a server that is started from now on. One that runs is told with --nats URL.\n");
    return 0;
  }
  const { ca } = keysOf(folder, role);
  const bus = await connectNats({ url, rights: revoker.rights, ...(ca === undefined ? {} : { ca }), waitMs: CONNECT_MS });
  try {
    await new Revoker(bus, revoker).revoke([revoked], unixS);
  } finally {
    await bus.close();
  }
  io.stdout.write(`at the server at ${shownUrl(url)} too, which has closed its connections.\n`);
  return 0;
}
