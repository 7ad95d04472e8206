/** A key pair of a process, and the rights that were issued to it. */
import { createUser, fmtCreds, fromSeed, type KeyPair, parseCreds } from "@nats-io/jwt";
import type { Issuer } from "./authority.ts";
import type { Permissions } from "./permissions.ts";

export interface Rights {
  /** NATS user JWT. */
  readonly jwt: string;
  /** Seed of the key that the JWT names ("SU..."). */
  readonly seed: string;
  readonly publicKey: string;
}

export class Identity {
  readonly #keys: KeyPair = createUser();

  get publicKey(): string {
    return this.#keys.getPublicKey();
  }

  rights(jwt: string): Rights {
    return { jwt, seed: new TextDecoder().decode(this.#keys.getSeed()), publicKey: this.publicKey };
  }
}

/** A credentials file as NATS' own tools write and read it. */
export async function newCredentials(issuer: Issuer, name: string, permissions: Permissions): Promise<Uint8Array> {
  const keys = createUser();
  return fmtCreds(await issuer.issue(name, keys.getPublicKey(), permissions), keys);
}

/** Throws where the text is no credentials file. */
export async function parseCredentials(text: Uint8Array): Promise<Rights> {
  const { jwt, key } = await parseCreds(text);
  return { jwt, seed: key, publicKey: fromSeed(new TextEncoder().encode(key)).getPublicKey() };
}
