/** The bus inside one process: asynchronous and in order, as NATS is; tests tell it to lose, double or delay messages. */
import { AerostatError } from "../errors.ts";
import { type Bus, type BusStatus, type Handler, matches, type Subscription } from "./port.ts";

/** What becomes of a message: how many copies arrive, and after how long (0: in the next turn, in order). */
export type Fate = (subject: string) => { readonly copies: number; readonly delayMs: number };

const CERTAIN: Fate = () => ({ copies: 1, delayMs: 0 });

interface Listener extends Subscription {
  readonly pattern: string;
  readonly handler: Handler;
}

/** Where the connections meet. */
export class MemoryBroker {
  fate: Fate = CERTAIN;
  readonly #listeners = new Set<Listener>();
  #queue: { readonly subject: string; readonly data: Uint8Array; readonly reply: string }[] = [];

  connect(): MemoryBus {
    return new MemoryBus(this);
  }

  /** Loses every connection until `resume`: as a server does that is restarted. */
  interrupt(): void {
    for (const bus of this.#buses) bus.interrupted(true);
  }

  resume(): void {
    for (const bus of this.#buses) bus.interrupted(false);
  }

  readonly #buses = new Set<MemoryBus>();

  join(bus: MemoryBus): void {
    this.#buses.add(bus);
  }

  leave(bus: MemoryBus): void {
    this.#buses.delete(bus);
  }

  listen(pattern: string, handler: Handler): Listener {
    const listener: Listener = { pattern, handler, unsubscribe: () => void this.#listeners.delete(listener) };
    this.#listeners.add(listener);
    return listener;
  }

  /** False where nobody listens. */
  post(subject: string, data: Uint8Array, reply: string): boolean {
    const { copies, delayMs } = this.fate(subject);
    for (let i = 0; i < copies; i++) {
      if (delayMs > 0) setTimeout(() => this.#deliver(subject, data, reply), delayMs);
      else this.#enqueue(subject, data, reply);
    }
    return [...this.#listeners].some((listener) => matches(listener.pattern, subject));
  }

  #enqueue(subject: string, data: Uint8Array, reply: string): void {
    if (this.#queue.length === 0) setImmediate(() => this.#drain());
    this.#queue.push({ subject, data, reply });
  }

  #drain(): void {
    const due = this.#queue;
    this.#queue = [];
    for (const { subject, data, reply } of due) this.#deliver(subject, data, reply);
  }

  #deliver(subject: string, data: Uint8Array, reply: string): void {
    const respond = (answer: Uint8Array): void => {
      if (reply !== "") this.post(reply, answer, "");
    };
    for (const listener of [...this.#listeners]) {
      if (matches(listener.pattern, subject)) listener.handler({ subject, data, respond });
    }
  }
}

let inboxes = 0;

export class MemoryBus implements Bus {
  readonly #broker: MemoryBroker;
  readonly #listeners = new Set<Listener>();
  readonly #watchers: ((status: BusStatus) => void)[] = [];
  connected = true;
  lost = 0;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
    broker.join(this);
  }

  publish(subject: string, data: Uint8Array): void {
    if (this.connected) this.#broker.post(subject, data, "");
    else this.lost++;
  }

  subscribe(subject: string, handler: Handler): Subscription {
    const listener = this.#broker.listen(subject, (delivery) => {
      if (this.connected) handler(delivery);
    });
    this.#listeners.add(listener);
    const unsubscribe = (): void => {
      listener.unsubscribe();
      this.#listeners.delete(listener);
    };
    return { unsubscribe };
  }

  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const reply = `_INBOX.${++inboxes}`;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        listener.unsubscribe();
        settle();
      };
      const fail = (why: string): void => end(() => reject(new AerostatError("AERO_E_NATS", `request on ${subject}: ${why}`)));
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
      const listener = this.#broker.listen(reply, (delivery) => end(() => resolve(delivery.data)));
      if (!this.connected) this.lost++;
      else if (!this.#broker.post(subject, data, reply)) fail("nobody listens");
    });
  }

  flush(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  onStatus(listener: (status: BusStatus) => void): void {
    this.#watchers.push(listener);
  }

  interrupted(yes: boolean): void {
    if (this.connected !== yes) return;
    this.connected = !yes;
    for (const watcher of this.#watchers) watcher(yes ? "disconnected" : "reconnected");
  }

  close(): Promise<void> {
    this.connected = false;
    for (const listener of this.#listeners) listener.unsubscribe();
    this.#broker.leave(this);
    return Promise.resolve();
  }
}
