/** Connects to NATS. This file and natsbus.ts are the two that know the client library. */
import { once } from "node:events";
import { type ConnectionOptions, connect, ErrorCode, jwtAuthenticator, type NatsConnection, NatsError, nkeyAuthenticator } from "nats";
import { AerostatError } from "../errors.ts";
import type { Rights } from "../keys/identity.ts";
import { inboxOf } from "../keys/permissions.ts";
import { NatsBus } from "./natsbus.ts";
import type { Bus } from "./port.ts";
import { serversOf, shownUrl } from "./url.ts";

export interface NatsOptions {
  /** Of one server, or of several of a cluster with commas between them. */
  readonly url: string;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** Seed of an nkey ("SU..."). */
  readonly nkeySeed?: string;
  /** A key and what was issued to it; comes before the others. */
  readonly rights?: Rights;
  /** Whom to trust for the server's certificate, PEM; absent: no TLS unless the server asks for it. */
  readonly ca?: string;
  /** Shown by the server's monitoring. */
  readonly name?: string;
  /** How long to wait for a server that is not there yet. */
  readonly waitMs?: number;
  /** Told once when it has to wait. */
  readonly onWait?: () => void;
  /** Ends that waiting; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** The server does not allow something that was tried: "publish" or "subscription". */
  readonly onDenied?: (operation: string, subject: string) => void;
}

const DEFAULT_WAIT_MS = 60_000;
const RETRY_MS = 200;
const PING_MS = 5_000;

function clientOptions(options: NatsOptions): ConnectionOptions {
  const { url, user, pass, token, nkeySeed, rights, ca, name } = options;
  return {
    servers: serversOf(url),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(nkeySeed === undefined ? {} : { authenticator: nkeyAuthenticator(bytes(nkeySeed)) }),
    ...(rights === undefined ? {} : { authenticator: jwtAuthenticator(rights.jwt, bytes(rights.seed)) }),
    ...(rights === undefined ? {} : { inboxPrefix: inboxOf(rights.publicKey) }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: 50,
    pingInterval: PING_MS,
    maxPingOut: 2,
    timeout: 5_000,
  };
}

const bytes = (seed: string): Uint8Array => new TextEncoder().encode(seed);

/** Errors that no waiting mends. */
const FINAL: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.BadAuthentication,
  ErrorCode.BadCreds,
  ErrorCode.InvalidOption,
]);

/** Connects, waiting for a server that is not there yet: the client's own `waitOnFirstConnect` would wait for ever and never say why. */
export async function connectNats(options: NatsOptions): Promise<Bus> {
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const beganMs = performance.now();
  const client = clientOptions(options);
  let waits = false;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return new NatsBus(await dial(client, options.signal), options);
    } catch (cause) {
      const code = cause instanceof NatsError ? cause.code : "";
      if (FINAL.has(code)) {
        throw new AerostatError("AERO_E_NATS", `the NATS server at ${shownUrl(options.url)} refuses this process: ${code}`, { cause });
      }
      if (performance.now() - beganMs > waitMs) {
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new AerostatError("AERO_E_NATS", `no NATS server answers at ${shownUrl(options.url)} (${text})`, { cause });
      }
      if (!waits) options.onWait?.();
      waits = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The client goes on dialling for ever when a server goes away in mid-handshake: who was told to stop waiting does not wait for it. */
async function dial(client: ConnectionOptions, signal: AbortSignal | undefined): Promise<NatsConnection> {
  const dialled = connect(client);
  if (signal === undefined) return dialled;
  const stop = new AbortController();
  const aborted = once(signal, "abort", { signal: stop.signal }).then(() => Promise.reject(signal.reason));
  aborted.catch(() => undefined);
  try {
    return await Promise.race([dialled, aborted]);
  } catch (error) {
    dialled.then((late) => late.close()).catch(() => undefined);
    throw error;
  } finally {
    stop.abort();
  }
}
