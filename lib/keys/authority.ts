/**
 * Who issues rights on the bus: an operator that the server trusts, and one account whose key signs them (NATS' decentralised
 * authentication by JWT). The server holds no secret, and no secret ever crosses the wire: rights name a public key.
 */
import { type Account, encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from "./nkeys.ts";
import { inboxOf, type Permissions } from "./permissions.ts";

/** Signs rights. */
export interface Issuer {
  /** `userKey`: an nkey of a user ("U..."); `name` is what the server's monitoring shows. */
  issue(name: string, userKey: string, permissions: Permissions): Promise<string>;
}

const NAME = "aerostat";
const UNLIMITED: Partial<Account> = {
  limits: { conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, leaf: -1 },
} as Partial<Account>;
/** An answer each, within this time. */
const RESPONSES = { max: 1, ttl: 60_000_000_000 };

/** The issuer behind an account's seed ("SA..."). */
export function issuerOf(seed: string): Issuer {
  return new AccountIssuer(fromSeed(new TextEncoder().encode(seed.trim())));
}

class AccountIssuer implements Issuer {
  readonly #account: KeyPair;

  constructor(account: KeyPair) {
    this.#account = account;
  }

  issue(name: string, userKey: string, { publish, subscribe, responds }: Permissions): Promise<string> {
    return encodeUser(name, userKey, this.#account, {
      // An empty list of NATS allows everything.
      pub: publish.length > 0 ? { allow: [...publish] } : { deny: [">"] },
      sub: { allow: [...subscribe, `${inboxOf(userKey)}.>`] },
      ...(responds ? { resp: RESPONSES } : {}),
    });
  }
}

export interface NewAuthority {
  readonly issuer: Issuer;
  readonly issuerSeed: string;
  /** Signs what the server is told of the account. */
  readonly operatorSeed: string;
  /** Of the server's system account. */
  readonly system: Issuer;
  /** Lines of the server's configuration that make it trust this authority alone. */
  readonly serverLines: readonly string[];
}

export async function createAuthority(): Promise<NewAuthority> {
  const operator = createOperator();
  const [account, system] = [createAccount(), createAccount()];
  const [key, systemKey] = [account.getPublicKey(), system.getPublicKey()];
  const systemClaims = await encodeAccount("system", systemKey, UNLIMITED, { signer: operator });
  return {
    issuer: new AccountIssuer(account),
    issuerSeed: seedOf(account),
    operatorSeed: seedOf(operator),
    system: new AccountIssuer(system),
    serverLines: [
      `operator: "${await encodeOperator(NAME, operator)}"`,
      `system_account: ${systemKey}`,
      "resolver: MEMORY",
      `resolver_preload: { ${key}: "${await accountClaims(key, operator)}", ${systemKey}: "${systemClaims}" }`,
    ],
  };
}

/** Public keys of users, and the Unix time until which what was issued to them is void, s. */
export type Revocations = Readonly<Record<string, number>>;

/** What the server is told of the account: no limits, and whom it no longer trusts. */
export function accountClaims(account: string, operator: KeyPair, revocations: Revocations = {}): Promise<string> {
  return encodeAccount(NAME, account, { ...UNLIMITED, revocations }, { signer: operator });
}

function seedOf(keys: KeyPair): string {
  return new TextDecoder().decode(keys.getSeed());
}

/** A new key with its rights, as a credentials file that NATS' own tools read. */
export async function newCredentials(issuer: Issuer, name: string, permissions: Permissions): Promise<Uint8Array> {
  const keys = createUser();
  return fmtCreds(await issuer.issue(name, keys.getPublicKey(), permissions), keys);
}
