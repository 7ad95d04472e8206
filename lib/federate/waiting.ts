/** Messages that came before they are due, counted for each source: who says that all of its own are for later fills no memory. */
import type { ActorId } from "../engine/actor.ts";

/** The longest delay of a link that a scenario can ask for, and a minute for the links' own and for clocks that differ. */
const MAX_AHEAD_NS = 3_660_000_000_000;
const MAX_WAITING = 20_000;

export class Waiting {
  /** By source: when each is due, in the order in which they came, which is that of a link. */
  readonly #due = new Map<ActorId, number[]>();

  /** Whether a message of `source` may wait until `dueNs`. What is due already does not wait. */
  admits(source: ActorId, dueNs: number, nowNs: number): boolean {
    if (dueNs <= nowNs) return true;
    let due = this.#due.get(source);
    if (due === undefined) {
      due = [];
      this.#due.set(source, due);
    }
    while (due.length > 0 && (due[0] as number) <= nowNs) due.shift();
    if (due.length >= MAX_WAITING || dueNs - nowNs > MAX_AHEAD_NS) return false;
    due.push(dueNs);
    return true;
  }
}
