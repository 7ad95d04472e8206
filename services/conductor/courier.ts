/**
 * Orders and news on the wall clock: told to each actor's process in their order, one at a time, until it has acknowledged.
 *
 * The bus loses what is published while a connection is broken, and a process that was just started listens a little late.
 */
import type { ActorId } from "../../lib/engine/actor.ts";

const AGAIN_MS = 200;

export class Courier {
  readonly #ask: (destination: ActorId, frame: Uint8Array) => Promise<unknown>;
  readonly #againMs: number;
  readonly #queues = new Map<ActorId, Uint8Array[]>();
  #closed = false;

  /** `ask` resolves when the actor's process has the frame, and rejects where that is not known. */
  constructor(ask: (destination: ActorId, frame: Uint8Array) => Promise<unknown>, againMs = AGAIN_MS) {
    this.#ask = ask;
    this.#againMs = againMs;
  }

  give(destination: ActorId, frame: Uint8Array): void {
    const queue = this.#queues.get(destination);
    if (queue !== undefined) {
      queue.push(frame);
      return;
    }
    const first = [frame];
    this.#queues.set(destination, first);
    void this.#tell(destination, first);
  }

  /** Another process plays the actor: what was meant for the one before it is void. */
  forget(destination: ActorId): void {
    this.#queues.get(destination)?.splice(0);
  }

  /** By actor: how many have not been acknowledged. */
  untold(): ReadonlyMap<ActorId, number> {
    return new Map([...this.#queues].map(([destination, queue]) => [destination, queue.length]));
  }

  close(): void {
    this.#closed = true;
  }

  async #tell(destination: ActorId, queue: Uint8Array[]): Promise<void> {
    for (let frame = queue[0]; frame !== undefined && !this.#closed; frame = queue[0]) {
      try {
        await this.#ask(destination, frame);
        if (queue[0] === frame) queue.shift();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, this.#againMs));
      }
    }
    if (queue.length === 0) this.#queues.delete(destination);
  }
}
