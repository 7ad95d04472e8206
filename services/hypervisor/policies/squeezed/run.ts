/** One run of squeezed: look, decide, set limits and targets, wait a second, until it succeeds or fails (xen-api squeeze.ml). */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { StuckMonitor } from "./stuck.ts";
import { chosenTargets, type Domain, isOnTarget, SAFEGUARDS, type Safeguards } from "./targets.ts";

export interface Goal {
  readonly requiredKib: number;
  readonly isReached: (freeKib: number) => boolean;
}

export type Verdict =
  | { readonly kind: "adjust"; readonly targets: ReadonlyMap<number, number> }
  | { readonly kind: "success" }
  /** Domains that can balloon and do not; empty where even everyone's cooperation gives too little. */
  | { readonly kind: "failed"; readonly refusing: readonly number[] };

export interface Iteration {
  readonly verdict: Verdict;
  /** What every domain's target and maxmem become in this iteration; the domains not named keep theirs. */
  readonly limits: ReadonlyMap<number, number>;
}

export class Run {
  readonly #goal: Goal;
  readonly #safeguards: Safeguards;
  readonly #monitor = new StuckMonitor();
  /** Already held back in this run. */
  readonly #capped = new Set<number>();

  constructor(goal: Goal, safeguards: Safeguards = SAFEGUARDS) {
    this.#goal = goal;
    this.#safeguards = safeguards;
  }

  iterate(domains: readonly Domain[], freeKib: number, nowS: number): Iteration {
    const stuck = new Set(domains.filter((domain) => this.#monitor.look(domain, nowS)).map(({ id }) => id));
    const active = domains.filter(({ id, canBalloon }) => canBalloon && !stuck.has(id));
    const targets = chosenTargets(active, freeKib, this.#goal.requiredKib, this.#safeguards);
    const verdict = this.#judge(domains, active, targets, freeKib);
    const chosen = verdict.kind === "adjust" ? targets : new Map<number, number>();
    return { verdict, limits: this.#limits(domains, active, chosen) };
  }

  digest(hasher: Hasher): void {
    this.#monitor.digest(hasher);
    for (const id of [...this.#capped].sort((a, b) => a - b)) hasher.word(id);
  }

  #judge(domains: readonly Domain[], active: readonly Domain[], targets: ReadonlyMap<number, number>, freeKib: number): Verdict {
    const isMoving = active.some((domain) => !isOnTarget(domain) || (targets.get(domain.id) ?? domain.targetKib) !== domain.targetKib);
    if (isMoving) return { kind: "adjust", targets };
    if (this.#goal.isReached(freeKib)) return { kind: "success" };
    const refusing = domains.filter((domain) => domain.canBalloon && !active.includes(domain)).map(({ id }) => id);
    return { kind: "failed", refusing: refusing.reverse() };
  }

  /** A domain found inactive is let shrink and not grow, once a run: its driver may wake up at any time. */
  #limits(domains: readonly Domain[], active: readonly Domain[], chosen: ReadonlyMap<number, number>): Map<number, number> {
    const limits = new Map<number, number>();
    for (const domain of domains) {
      let limit = chosen.get(domain.id) ?? domain.targetKib;
      if (!active.includes(domain) && !this.#capped.has(domain.id)) {
        this.#capped.add(domain.id);
        limit = Math.min(Math.max(Math.min(domain.targetKib, domain.actualKib), domain.minimumKib), domain.maximumKib);
      }
      limits.set(domain.id, limit);
    }
    return limits;
  }
}

/** Nothing needs to be done: enough is free and every driver is where it should be. Never so for a call that only balances. */
export function isDoneAtOnce(domains: readonly Domain[], freeKib: number, requiredKib: number, slushKib: number): boolean {
  return requiredKib !== slushKib && requiredKib <= freeKib && domains.every((domain) => !domain.canBalloon || isOnTarget(domain));
}
