/**
 * How a process comes in: with the keys of its role where there is a folder of them, else with what the environment says. Secrets
 * come from files or the environment, never from arguments: those are seen by everybody on the machine.
 */
import type { Issuer } from "../keys/authority.ts";
import type { KeyRole } from "../keys/permissions.ts";
import type { RevokerKeys } from "../keys/revoker.ts";
import { keysOf } from "../keys/rolekeys.ts";
import type { NatsOptions } from "./nats.ts";

/** Names the folder of keys (lib/keys/keyring.ts). */
export const KEYS_FOLDER = "AEROSTAT_NATS_KEYS";

export interface Door {
  readonly url: string;
  /** Folder of keys. */
  readonly keys: string | undefined;
}

export function accessOf(role: KeyRole, { url, keys }: Door, env: NodeJS.ProcessEnv = process.env): NatsOptions {
  if (keys !== undefined) return { url, ...keysOf(keys, role) };
  const { AEROSTAT_NATS_USER: user, AEROSTAT_NATS_PASS: pass, AEROSTAT_NATS_TOKEN: token, AEROSTAT_NATS_NKEY: nkeySeed } = env;
  return {
    url,
    ...(user ? { user } : {}),
    ...(pass ? { pass } : {}),
    ...(token ? { token } : {}),
    ...(nkeySeed ? { nkeySeed } : {}),
  };
}

/** The conductor's: with keys it also issues rights, and takes them back. */
export async function conductorAccess(
  door: Door,
  env?: NodeJS.ProcessEnv,
): Promise<{ readonly nats: NatsOptions; readonly issuer?: Issuer; readonly revoker?: RevokerKeys }> {
  const nats = accessOf("conductor", door, env);
  if (door.keys === undefined) return { nats };
  const { issuerIn, revokerKeysIn } = await import("../keys/keyring.ts");
  const [issuer, revoker] = [issuerIn(door.keys), revokerKeysIn(door.keys)];
  return { nats, ...(issuer === undefined ? {} : { issuer }), ...(revoker === undefined ? {} : { revoker }) };
}
