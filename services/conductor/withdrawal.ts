/** Rights end with the lease that they came with. */
import { failureText } from "../../lib/federate/failure.ts";
import type { Logger } from "../../lib/logging.ts";
import type { Lease } from "./place.ts";

/** Takes rights back from public keys of processes. */
export type Revoke = (userKeys: readonly string[]) => Promise<void>;

/** A process that leaves, or is told to crash, still has this long to hear it and to say so. */
const GRACE_MS = 2_000;

export class Withdrawal {
  readonly #revoke: Revoke;
  readonly #leases: () => readonly Lease[];
  readonly #log: Logger;
  #due: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `leases`: those that there are. */
  constructor(revoke: Revoke, leases: () => readonly Lease[], log: Logger) {
    this.#revoke = revoke;
    this.#leases = leases;
    this.#log = log;
  }

  ended({ userKey }: Lease): void {
    this.#due.push(userKey);
    this.#timer ??= setTimeout(() => {
      // Whoever was late may have found its place still empty, and have it again.
      const held = new Set(this.#leases().map((lease) => lease.userKey));
      this.#due = this.#due.filter((key) => !held.has(key));
      void this.#withdraw();
    }, GRACE_MS);
  }

  /** The run is over, and every lease with it. */
  async close(): Promise<void> {
    this.#due.push(...this.#leases().map(({ userKey }) => userKey));
    await this.#withdraw();
  }

  async #withdraw(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const due = this.#due;
    this.#due = [];
    if (due.length === 0) return;
    try {
      await this.#revoke(due);
    } catch (error) {
      this.#log.warn({ keys: due.length, error: failureText(error) }, "rights could not be taken back");
    }
  }
}
