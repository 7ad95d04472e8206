/** A role's key that somebody took: a new one in its place, and the server's configuration says that the old one is void. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "@nats-io/jwt";
import { AerostatError } from "../errors.ts";
import { accountClaims, newCredentials, type Revocations } from "./authority.ts";
import { configurationIn, issuerIn, revokerKeysIn, secret } from "./keyring.ts";
import { fromSeed } from "./nkeys.ts";
import { type KeyRole, roleRights } from "./permissions.ts";
import type { RevokerKeys } from "./revoker.ts";
import { CREDENTIALS, keysOf } from "./rolekeys.ts";

export interface Renewed {
  /** The public key that is void from now on: a running server must be told (revoker.ts). */
  readonly revoked: string;
  readonly revoker: RevokerKeys;
}

/** `unixS`: now. */
export async function renewRole(folder: string, role: KeyRole, unixS: number): Promise<Renewed> {
  const [issuer, revoker] = [issuerIn(folder), revokerKeysIn(folder)];
  if (issuer === undefined || revoker === undefined)
    throw new AerostatError(
      "AERO_E_INPUT",
      `${folder} has no keys that sign, in its folder "conductor"; \`aerostat keys\` makes a whole ring of them`,
    );
  const revoked = keysOf(folder, role).rights.publicKey;
  await revokeInConfiguration(configurationIn(folder), revoker, { [revoked]: unixS });
  secret(join(folder, role, CREDENTIALS), await newCredentials(issuer, role, roleRights(role)));
  return { revoked, revoker };
}

async function revokeInConfiguration(file: string, { account, operatorSeed }: RevokerKeys, more: Revocations): Promise<void> {
  const text = readFileSync(file, "utf8");
  const claims = new RegExp(`(?<=${account}: ")[^"]+(?=")`);
  const [jwt] = claims.exec(text) ?? [];
  if (jwt === undefined) throw new AerostatError("AERO_E_INPUT", `${file} says nothing of the account ${account}`);
  const { revocations = {} } = decode<{ revocations?: Revocations }>(jwt).nats;
  const operator = fromSeed(new TextEncoder().encode(operatorSeed));
  secret(file, text.replace(claims, await accountClaims(account, operator, { ...revocations, ...more })));
}
