/**
 * Takes rights back while the server runs. What an account signed is valid for as long as the server is told nothing else of it (NATS'
 * account claims): it is told anew, with the keys that are trusted no more, and closes their connections at once.
 */
import { decode } from "@nats-io/jwt";
import type { Bus } from "../bus/port.ts";
import { AerostatError } from "../errors.ts";
import { accountClaims, type Revocations } from "./authority.ts";
import type { Rights } from "./identity.ts";
import { fromSeed, type KeyPair } from "./nkeys.ts";

export interface RevokerKeys {
  /** Public key of the account ("A..."). */
  readonly account: string;
  readonly operatorSeed: string;
  /** In the server's system account. */
  readonly rights: Rights;
}

/** The newest are kept: 80 bytes each, of the 1 MB that a message may have. */
const KEPT = 4_096;
const ANSWER_MS = 2_000;
const ACCOUNT = "$SYS.REQ.SERVER.PING.ACCOUNTZ";
const update = (account: string): string => `$SYS.REQ.ACCOUNT.${account}.CLAIMS.UPDATE`;

/** All that a revoker may publish. */
export const revokerSubjects = (account: string): readonly string[] => [ACCOUNT, update(account)];

export class Revoker {
  readonly #bus: Bus;
  readonly #account: string;
  readonly #operator: KeyPair;
  #revoked: Revocations = {};

  /** `bus`: in the system account. */
  constructor(bus: Bus, { account, operatorSeed }: RevokerKeys) {
    this.#bus = bus;
    this.#account = account;
    this.#operator = fromSeed(new TextEncoder().encode(operatorSeed));
    // A server that was started again knows its configuration alone.
    bus.onStatus((status) => {
      if (status === "reconnected" && Object.keys(this.#revoked).length > 0) this.#tell().catch(() => undefined);
    });
  }

  /** All that was issued to these public keys until `unixS` is void. */
  async revoke(userKeys: readonly string[], unixS: number): Promise<void> {
    this.#revoked = { ...this.#revoked, ...Object.fromEntries(userKeys.map((key) => [key, unixS])) };
    await this.#tell();
  }

  /** Others may have revoked keys of the account too: what the server knows stays. */
  async #tell(): Promise<void> {
    const all = Object.entries({ ...(await this.#known()), ...this.#revoked }).sort(([, a], [, b]) => b - a);
    this.#revoked = Object.fromEntries(all.slice(0, KEPT));
    const claims = await accountClaims(this.#account, this.#operator, this.#revoked);
    const { data, error } = await this.#ask(update(this.#account), claims);
    if (data?.code !== 200)
      throw new AerostatError("AERO_E_NATS", `the NATS server does not revoke keys: ${JSON.stringify(error ?? data)}`);
  }

  async #known(): Promise<Revocations> {
    const { data } = await this.#ask(ACCOUNT, JSON.stringify({ account: this.#account }));
    const jwt = data?.account_detail?.jwt;
    return jwt === undefined ? {} : (decode<{ revocations?: Revocations }>(jwt).nats.revocations ?? {});
  }

  async #ask(subject: string, question: string): Promise<Answer> {
    const answer = await this.#bus.request(subject, new TextEncoder().encode(question), ANSWER_MS);
    return JSON.parse(new TextDecoder().decode(answer)) as Answer;
  }
}

interface Answer {
  readonly data?: { readonly code?: number; readonly account_detail?: { readonly jwt?: string } };
  readonly error?: unknown;
}
