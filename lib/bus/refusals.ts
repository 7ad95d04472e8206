/** Counts what was refused, by reason, and has each reason logged once. */
import type { RefusalReason } from "../wire/frame.ts";

/** Subjects whose denial is told. */
const DENIED_TOLD = 20;

export class Refusals {
  readonly #counts = new Map<string, number>();
  readonly #log: (text: string) => void;
  readonly #denied = new Set<string>();
  #total = 0;

  /** `log` gets one line for each kind of refusal. */
  constructor(log: (text: string) => void = () => undefined) {
    this.#log = log;
  }

  get total(): number {
    return this.#total;
  }

  /** By "reason subject-kind", and "denied operation". */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** What the server's rights do not allow. A subject may be one on which a peer wants its answer: only a few are told. */
  readonly denied = (operation: string, subject: string): void => {
    this.#count(`denied ${operation}`);
    const what = `${operation} of ${subject}`;
    if (this.#denied.has(what) || this.#denied.size >= DENIED_TOLD) return;
    this.#denied.add(what);
    this.#log(`the NATS server does not allow this process's ${what}; further ones are only counted`);
  };

  /** `where`: which kind of subject, from a fixed set, so that a peer can not make the table grow. */
  add(reason: RefusalReason, where: string): void {
    const isFirst = this.#count(`${reason} ${where}`) === 1;
    if (isFirst) this.#log(`refused a message: ${reason}, on ${where}; further ones are only counted`);
  }

  /** How many of the kind there are now. */
  #count(kind: string): number {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#total++;
    return count;
  }
}
