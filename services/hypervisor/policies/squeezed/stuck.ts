/**
 * squeezed's judgement of drivers: stuck after 5 s of a request without progress (xen-api squeeze.ml).
 *
 * A new run presumes every driver innocent. One page in 5 s counts as progress: a driver can be slow at everyone's cost.
 */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { type Domain, isOnTarget } from "./targets.ts";

export const STUCK_AFTER_S = 5;

interface Record {
  actualKib: number;
  progressAtS: number;
  isStuck: boolean;
}

export class StuckMonitor {
  readonly #records = new Map<number, Record>();

  /** Looks at a domain once an iteration; true where it does not do what it is asked. */
  look(domain: Domain, nowS: number): boolean {
    const record = this.#records.get(domain.id);
    if (record === undefined) {
      this.#records.set(domain.id, { actualKib: domain.actualKib, progressAtS: nowS, isStuck: false });
      return false;
    }
    const requested = domain.targetKib - record.actualKib;
    const moved = domain.actualKib - record.actualKib;
    const progressed = (requested < 0 && moved < 0) || (requested > 0 && moved > 0);
    record.actualKib = domain.actualKib;
    // Being on target neither clears a verdict nor counts as progress.
    if (progressed) {
      record.progressAtS = nowS;
      record.isStuck = false;
    } else if (!isOnTarget(domain) && nowS - record.progressAtS > STUCK_AFTER_S) record.isStuck = true;
    return record.isStuck;
  }

  digest(hasher: Hasher): void {
    for (const id of [...this.#records.keys()].sort((a, b) => a - b)) {
      const { actualKib, progressAtS, isStuck } = this.#records.get(id) as Record;
      hasher.number(actualKib);
      hasher.number(progressAtS);
      hasher.word(isStuck ? 1 : 0);
    }
  }
}
