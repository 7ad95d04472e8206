/**
 * squeezed's reserve_memory_range: memory is freed and promised before the domain that will use it exists (xen-api squeeze.ml). KiB.
 *
 * The amount is what a domain of that range would get beside the others. A domain that has not booted counts at what it was
 * promised.
 */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { type Goal, isDoneAtOnce, Run, type Verdict } from "./run.ts";
import { type Domain, INACCURACY_KIB, proportionalTargets, SAFEGUARDS } from "./targets.ts";

export interface Range {
  readonly minimumKib: number;
  readonly maximumKib: number;
}

export interface Progress {
  /** What was reserved; undefined until the call has succeeded. */
  readonly grantedKib: number | undefined;
  /** Set where the call has failed. */
  readonly failed: Extract<Verdict, { kind: "failed" }> | undefined;
  readonly limits: ReadonlyMap<number, number>;
}

/** One call, on behalf of the domain `id`. */
export class Reservation {
  readonly id: number;
  readonly #range: Range;
  readonly #slushKib: number;
  readonly #run: Run;
  readonly #atOnce: boolean;

  constructor(id: number, range: Range, domains: readonly Domain[], freeKib: number, slushKib: number) {
    this.id = id;
    this.#range = range;
    this.#slushKib = slushKib;
    const requiredKib = idealKib(range, domains, freeKib, slushKib) + slushKib;
    const goal: Goal = { requiredKib, isReached: (kib) => kib >= range.minimumKib + slushKib };
    this.#run = new Run(goal);
    this.#atOnce = isDoneAtOnce(domains, freeKib, requiredKib, slushKib);
  }

  iterate(domains: readonly Domain[], freeKib: number, nowS: number): Progress {
    if (this.#atOnce) return this.#granted(freeKib, new Map());
    const { verdict, limits } = this.#run.iterate(domains, freeKib, nowS);
    if (verdict.kind === "success") return this.#granted(freeKib, limits);
    return { grantedKib: undefined, failed: verdict.kind === "failed" ? verdict : undefined, limits };
  }

  digest(hasher: Hasher): void {
    hasher.word(this.id);
    this.#run.digest(hasher);
  }

  #granted(freeKib: number, limits: ReadonlyMap<number, number>): Progress {
    const { minimumKib, maximumKib } = this.#range;
    const grantedKib = Math.max(minimumKib, Math.min(freeKib - this.#slushKib, maximumKib));
    return { grantedKib, failed: undefined, limits };
  }
}

/** The part of a domain that is not there yet: it has nothing and can give nothing. */
function idealKib(range: Range, domains: readonly Domain[], freeKib: number, slushKib: number): number {
  const id = -1;
  const newcomer: Domain = { id, canBalloon: true, ...range, targetKib: range.minimumKib, actualKib: 0, inaccuracyKib: INACCURACY_KIB };
  return proportionalTargets([newcomer, ...domains], freeKib, slushKib, SAFEGUARDS).get(id) as number;
}
