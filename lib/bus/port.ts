/**
 * The bus as this project sees it: everything that a successor of NATS would have to do. At most once, in order within one
 * connection; what is published while disconnected is lost and counted.
 */

export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Answers a request; does nothing where none was asked for. */
  respond(data: Uint8Array): void;
}

export type Handler = (delivery: Delivery) => void;

export interface Subscription {
  unsubscribe(): void;
}

/** "closed": by the server, for good: it does not let this client in again. */
export type BusStatus = "disconnected" | "reconnected" | "closed";

export interface Bus {
  readonly connected: boolean;
  /** Messages published while disconnected, which nobody will ever get. */
  readonly lost: number;
  /** Never throws for a broken connection: it counts. */
  publish(subject: string, data: Uint8Array): void;
  /** `*` stands for one token of the subject, a last `>` for one or more. */
  subscribe(subject: string, handler: Handler): Subscription;
  /** One answer; AERO_E_NATS when none comes within the time or nobody listens. */
  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Resolves when all that was published has reached the server. */
  flush(): Promise<void>;
  onStatus(listener: (status: BusStatus) => void): void;
  close(): Promise<void>;
}

/** True when `subject` is one that `pattern` asks for. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return tokens.length > index;
    if (index >= tokens.length || (token !== "*" && token !== tokens[index])) return false;
  }
  return tokens.length === wanted.length;
}
