/** Rights end with the lease that they came with. */
import { failureText } from "../../lib/federate/failure.ts";
import type { Logger } from "../../lib/logging.ts";
import type { Lease } from "./place.ts";

/** Takes rights back from public keys of processes. */
export type Revoke = (userKeys: readonly string[]) => Promise<void>;

/** A process that leaves, or is told to crash, still has this long to hear it and to say so. */
const GRACE_MS = 2_000;
/** Those that end within this time of one another are taken back together. */
const TOGETHER_MS = 250;

interface Due {
  readonly userKey: string;
  readonly atMs: number;
}

export class Withdrawal {
  readonly #revoke: Revoke;
  readonly #leases: () => readonly Lease[];
  readonly #log: Logger;
  /** In order of time. */
  #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `leases`: those that there are. */
  constructor(revoke: Revoke, leases: () => readonly Lease[], log: Logger) {
    this.#revoke = revoke;
    this.#leases = leases;
    this.#log = log;
  }

  ended({ userKey }: Lease): void {
    this.#due.push({ userKey, atMs: performance.now() + GRACE_MS });
    this.#arm();
  }

  /** The run is over, and every lease with it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const due = this.#due;
    this.#due = [];
    await this.#withdraw([...due, ...this.#leases()].map(({ userKey }) => userKey));
  }

  #arm(): void {
    const [first] = this.#due;
    if (first === undefined) return;
    this.#timer ??= setTimeout(() => this.#pass(), first.atMs + TOGETHER_MS - performance.now());
  }

  #pass(): void {
    const nowMs = performance.now();
    const passed = this.#due.filter(({ atMs }) => atMs <= nowMs).map(({ userKey }) => userKey);
    this.#due = this.#due.slice(passed.length);
    this.#timer = undefined;
    this.#arm();
    // Whoever was late may have found its place still empty, and have it again.
    const held = new Set(this.#leases().map(({ userKey }) => userKey));
    void this.#withdraw(passed.filter((userKey) => !held.has(userKey)));
  }

  async #withdraw(userKeys: readonly string[]): Promise<void> {
    if (userKeys.length === 0) return;
    try {
      await this.#revoke(userKeys);
    } catch (error) {
      this.#log.warn({ keys: userKeys.length, error: failureText(error) }, "rights could not be taken back");
    }
  }
}
