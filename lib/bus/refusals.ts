/** Counts what was refused, by reason, and has each reason logged once. */
import type { RefusalReason } from "../wire/frame.ts";

export class Refusals {
  readonly #counts = new Map<string, number>();
  readonly #log: (text: string) => void;
  #total = 0;

  /** `log` gets one line for each kind of refusal. */
  constructor(log: (text: string) => void = () => undefined) {
    this.#log = log;
  }

  get total(): number {
    return this.#total;
  }

  /** By "reason subject-kind". */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** `where`: which kind of subject, from a fixed set, so that a peer can not make the table grow. */
  add(reason: RefusalReason, where: string): void {
    const kind = `${reason} ${where}`;
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    this.#total++;
    if (count === 0) this.#log(`refused a message: ${reason}, on ${where}; further ones are only counted`);
  }
}
