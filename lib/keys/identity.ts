/** A key pair of a process, and the rights that were issued to it. */
import { createUser, fromSeed, type KeyPair } from "./nkeys.ts";

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

/** A JWT and a seed between lines of dashes, as NATS' own tools write them. */
const CREDENTIALS = /^-+BEGIN NATS USER JWT-+\s+(\S+)\s+-+END .*?^-+BEGIN USER NKEY SEED-+\s+(\S+)\s+-+END /ms;

/** Throws where the text is no credentials file. Whether the JWT is a good one is for the server to say. */
export function parseCredentials(text: string): Rights {
  const [, jwt, seed] = CREDENTIALS.exec(text) ?? [];
  if (jwt === undefined || seed === undefined) throw new Error("no JWT and seed between lines of dashes");
  return { jwt, seed, publicKey: fromSeed(new TextEncoder().encode(seed)).getPublicKey() };
}
