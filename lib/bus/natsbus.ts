/** A connection to NATS as the bus that this project sees. */
import { ErrorCode, Events, type NatsConnection, NatsError } from "nats";
import { AerostatError } from "../errors.ts";
import type { NatsOptions } from "./nats.ts";
import type { Bus, BusStatus, Handler, Subscription } from "./port.ts";
import { shownUrl } from "./url.ts";

export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #options: Pick<NatsOptions, "url" | "onDenied">;
  readonly #watchers: ((status: BusStatus) => void)[] = [];
  connected = true;
  lost = 0;

  constructor(connection: NatsConnection, options: Pick<NatsOptions, "url" | "onDenied">) {
    this.#connection = connection;
    this.#options = options;
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
        // A subscription that is not allowed: it comes with the status too.
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
      throw new AerostatError("AERO_E_NATS", `request on ${subject} at ${shownUrl(this.#options.url)}: ${why}`, { cause });
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
    for await (const { type, permissionContext: denied } of this.#connection.status()) {
      if (type === Events.Disconnect) this.#tell("disconnected");
      else if (type === Events.Reconnect) this.#tell("reconnected");
      else if (type === Events.Error && denied !== undefined) this.#options.onDenied?.(denied.operation, denied.subject);
    }
  }

  #tell(status: BusStatus): void {
    this.connected = status === "reconnected";
    for (const watcher of this.#watchers) watcher(status);
  }
}
