/** NATS behind the bus port: the one file that knows the client library. */
import { once } from "node:events";
import {
  type ConnectionOptions,
  connect,
  ErrorCode,
  Events,
  jwtAuthenticator,
  type NatsConnection,
  NatsError,
  nkeyAuthenticator,
} from "nats";
import { AerostatError } from "../errors.ts";
import type { Rights } from "../keys/identity.ts";
import { inboxOf } from "../keys/permissions.ts";
import type { Bus, BusStatus, Handler, Subscription } from "./port.ts";

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
  /** Ends that waiting; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_WAIT_MS = 60_000;
const RETRY_MS = 200;
const PING_MS = 5_000;

function clientOptions(options: NatsOptions): ConnectionOptions {
  const { url, user, pass, token, nkeySeed, rights, ca, name } = options;
  return {
    servers: url.split(","),
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

/** Without user and password: for messages to users. */
export function shownUrl(url: string): string {
  return url.replaceAll(/\/\/[^@/,]*@/g, "//");
}

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
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return new NatsBus(await dial(options), options.url);
    } catch (cause) {
      const code = cause instanceof NatsError ? cause.code : "";
      if (FINAL.has(code)) {
        throw new AerostatError("AERO_E_NATS", `the NATS server at ${shownUrl(options.url)} refuses this process: ${code}`, { cause });
      }
      if (performance.now() - beganMs > waitMs) {
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new AerostatError("AERO_E_NATS", `no NATS server answers at ${shownUrl(options.url)} (${text})`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The client goes on dialling for ever when a server goes away in mid-handshake: who was told to stop waiting does not wait for it. */
async function dial({ signal, ...options }: NatsOptions): Promise<NatsConnection> {
  const dialled = connect(clientOptions(options));
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

class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #url: string;
  readonly #watchers: ((status: BusStatus) => void)[] = [];
  connected = true;
  lost = 0;

  constructor(connection: NatsConnection, url: string) {
    this.#connection = connection;
    this.#url = url;
    void this.#watch();
    // The client gives up where it is refused twice.
    void connection.closed().then((why) => why instanceof Error && this.#tell("closed"));
  }

  publish(subject: string, data: Uint8Array): void {
    if (!this.connected) {
      this.lost++;
      return;
    }
    try {
      this.#connection.publish(subject, data);
    } catch {
      // The connection is closing or closed: the message is as lost as one to a server that is gone.
      this.lost++;
    }
  }

  subscribe(subject: string, handler: Handler): Subscription {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return;
        handler({
          subject: message.subject,
          data: message.data,
          respond: (data) => void (message.reply && this.publish(message.reply, data)),
        });
      },
    });
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  async request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    try {
      return (await this.#connection.request(subject, data, { timeout: timeoutMs })).data;
    } catch (cause) {
      const code = cause instanceof NatsError ? cause.code : "";
      const why =
        code === ErrorCode.NoResponders
          ? "nobody listens"
          : code === ErrorCode.Timeout
            ? `no answer within ${timeoutMs} ms`
            : String(cause);
      throw new AerostatError("AERO_E_NATS", `request on ${subject} at ${shownUrl(this.#url)}: ${why}`, { cause });
    }
  }

  flush(): Promise<void> {
    return this.#connection.flush();
  }

  onStatus(listener: (status: BusStatus) => void): void {
    this.#watchers.push(listener);
  }

  async close(): Promise<void> {
    this.connected = false;
    await this.#connection.close();
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Disconnect) this.#tell("disconnected");
      else if (type === Events.Reconnect) this.#tell("reconnected");
    }
  }

  #tell(status: BusStatus): void {
    this.connected = status === "reconnected";
    for (const watcher of this.#watchers) watcher(status);
  }
}
