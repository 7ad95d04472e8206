/**
 * Domains that squeezed flags as uncooperative: able to balloon, and off their targets for more than 20 s. The flag tells the
 * operator; it changes no target (xen-api squeeze_xen.ml).
 */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { type Domain, isOnTarget } from "./targets.ts";

export const UNCOOPERATIVE_AFTER_S = 20;

export class Uncooperative {
  readonly #offSinceS = new Map<number, number>();
  readonly #flagged = new Set<number>();

  /** Looks at all domains; returns those whose flag has just been set, and just been cleared. */
  look(domains: readonly Domain[], nowS: number): { readonly set: readonly number[]; readonly cleared: readonly number[] } {
    const present = new Set(domains.map(({ id }) => id));
    for (const id of [...this.#offSinceS.keys()]) if (!present.has(id)) this.#forget(id);
    const set: number[] = [];
    const cleared: number[] = [];
    for (const domain of domains) {
      const { id } = domain;
      if (!domain.canBalloon || isOnTarget(domain)) {
        if (this.#forget(id)) cleared.push(id);
        continue;
      }
      const sinceS = this.#offSinceS.get(id) ?? nowS;
      this.#offSinceS.set(id, sinceS);
      if (nowS - sinceS <= UNCOOPERATIVE_AFTER_S || this.#flagged.has(id)) continue;
      this.#flagged.add(id);
      set.push(id);
    }
    return { set, cleared };
  }

  digest(hasher: Hasher): void {
    for (const id of [...this.#offSinceS.keys()].sort((a, b) => a - b)) {
      hasher.word(id);
      hasher.number(this.#offSinceS.get(id) as number);
    }
  }

  #forget(id: number): boolean {
    this.#offSinceS.delete(id);
    return this.#flagged.delete(id);
  }
}
