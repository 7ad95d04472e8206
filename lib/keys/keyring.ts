/**
 * A folder of keys: `nats` for the server, and a folder for each role with all that a process of it needs, so that a container
 * can be given its role's folder and nothing else.
 *
 *     nats/server.conf     conductor/nats.creds, issuer.nk, operator.nk, system.creds     operator/nats.creds …     each: ca.pem
 */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ClusterConfig, serverConfig } from "../bus/serverconfig.ts";
import { makeFolder } from "../folder.ts";
import { createAuthority, type Issuer, issuerOf, newCredentials } from "./authority.ts";
import { parseCredentials } from "./identity.ts";
import { fromSeed } from "./nkeys.ts";
import { KEY_ROLES, roleRights } from "./permissions.ts";
import { type RevokerKeys, revokerSubjects } from "./revoker.ts";
import { CA, CREDENTIALS } from "./rolekeys.ts";

const ISSUER = "issuer.nk";
const OPERATOR = "operator.nk";
const SYSTEM = "system.creds";
const CONFIGURATION = "server.conf";

export interface KeyringOptions {
  /** Where the server is to listen: `127.0.0.1:4222`. */
  readonly listen: string;
  /** Names and addresses of the server, for its certificate; none: no TLS. */
  readonly tlsHosts?: readonly string[];
  /** Servers of a cluster as they reach one another, `HOST:PORT`, all with the port of the first; none: it stands alone. */
  readonly routes?: readonly string[];
}

/** The server's configuration. */
export function configurationIn(folder: string): string {
  return join(folder, "nats", CONFIGURATION);
}

/** Makes all keys anew. Only their owner may read them. */
export async function createKeyring(folder: string, { listen, tlsHosts = [], routes = [] }: KeyringOptions): Promise<void> {
  const authority = await createAuthority();
  const server = join(folder, "nats");
  for (const name of ["nats", ...KEY_ROLES]) makeFolder(join(folder, name), { mode: 0o700, code: "AERO_E_INPUT" });
  const tls = tlsHosts.length > 0 ? await (await import("./certificates.ts")).developmentCertificate(tlsHosts) : undefined;
  const paths = { certificate: join(resolve(server), "server.pem"), key: join(resolve(server), "server.key") };
  if (tls !== undefined) {
    secret(paths.certificate, tls.certificate);
    secret(paths.key, tls.key);
  }
  const doors = { ...(tls === undefined ? {} : { tls: paths }), cluster: clusterOf(listen, routes) };
  secret(join(server, CONFIGURATION), serverConfig({ listen, lines: authority.serverLines, ...doors }));
  const conductor = join(folder, "conductor");
  secret(join(conductor, ISSUER), authority.issuerSeed);
  secret(join(conductor, OPERATOR), authority.operatorSeed);
  const revoking = { publish: revokerSubjects(accountOf(authority.issuerSeed)), subscribe: [], responds: false };
  secret(join(conductor, SYSTEM), await newCredentials(authority.system, "revoker", revoking));
  for (const role of KEY_ROLES) {
    secret(join(folder, role, CREDENTIALS), await newCredentials(authority.issuer, role, roleRights(role)));
    if (tls !== undefined) secret(join(folder, role, CA), tls.ca);
  }
}

function clusterOf(listen: string, routes: readonly string[]): ClusterConfig | undefined {
  const port = routes[0]?.replace(/^.*:/, "");
  if (port === undefined) return undefined;
  return { listen: listen.replace(/\d+$/, port), routes, password: randomBytes(24).toString("base64url") };
}

/** Who issues rights, for the conductor; undefined where the folder does not say. */
export function issuerIn(folder: string): Issuer | undefined {
  const file = join(folder, "conductor", ISSUER);
  return existsSync(file) ? issuerOf(readFileSync(file, "utf8")) : undefined;
}

/** What it takes to revoke keys, for the conductor; undefined where the folder does not say. */
export function revokerKeysIn(folder: string): RevokerKeys | undefined {
  const [issuer, operator, system] = [ISSUER, OPERATOR, SYSTEM].map((file) => join(folder, "conductor", file)) as [string, string, string];
  if (!existsSync(operator)) return undefined;
  const rights = parseCredentials(readFileSync(system, "utf8"));
  return { account: accountOf(readFileSync(issuer, "utf8")), operatorSeed: readFileSync(operator, "utf8").trim(), rights };
}

function accountOf(seed: string): string {
  return fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();
}

/** For its owner alone. */
export function secret(file: string, data: string | Uint8Array): void {
  writeFileSync(file, data, { mode: 0o600 });
  // The mode given above is that of a new file only.
  chmodSync(file, 0o600);
}
