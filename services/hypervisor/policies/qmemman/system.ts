/**
 * qmemman at work (qubes-core-admin qubes/qmemman/systemstate.py): when a balance is worth doing, and how memory moves from
 * donors to acceptors in steps of 0.1 s. Bytes.
 */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { balance, type Domain, preferred, type Target } from "./algorithm.ts";

const MIB = 1024 * 1024;
const KEPT_FREE_BYTES = 50 * MIB;
const LEAST_FREE_BYTES = 25 * MIB;
const SHORT_BYTES = 15 * MIB;
const GAIN_BYTES = 15 * MIB;
const TRANSFER_BYTES = 150 * MIB;
const CLEARED_WITHIN_BYTES = 25 * MIB;
const WAITS = 5;

export interface DomainState extends Omit<Domain, "noProgress"> {
  readonly lastTargetBytes: number;
}

export class QmemmanSystem {
  /** Acceptors that are to be given memory, and the donors that it comes from. */
  #acceptors: Target[] = [];
  #donors: Target[] = [];
  #waited = 0;
  /** What each donor had when it was asked. */
  readonly #actualWhenSet = new Map<string, number>();
  readonly #noProgress = new Set<string>();

  /** One step: targets to set now. `hasNews`: some domain has published new meminfo, which is what starts a balance. */
  step(states: readonly DomainState[], xenFreeBytes: number, hasNews: boolean): Target[] {
    this.#clearFlags(states);
    // Memory that was assigned and not taken yet is not free.
    let freeBytes = xenFreeBytes;
    for (const { lastTargetBytes, actualBytes } of states) freeBytes -= Math.max(0, lastTargetBytes - actualBytes);
    if (this.#acceptors.length > 0) return this.#give(states, freeBytes);
    if (!hasNews) return [];
    const domains = states.map((state) => ({ ...state, noProgress: this.#noProgress.has(state.id) }));
    const targets = balance(domains, freeBytes - KEPT_FREE_BYTES);
    return isSignificant(domains, targets, freeBytes) ? this.#begin(states, targets, freeBytes) : [];
  }

  digest(hasher: Hasher): void {
    for (const [id, bytes] of [...this.#acceptors, ...this.#donors]) {
      hasher.text(id);
      hasher.number(bytes);
    }
    hasher.word(this.#waited);
    for (const id of [...this.#noProgress].sort()) hasher.text(id);
    for (const id of [...this.#actualWhenSet.keys()].sort()) hasher.number(this.#actualWhenSet.get(id) as number);
  }

  /** Donors are told at once, acceptors now or in later steps as memory comes free. */
  #begin(states: readonly DomainState[], targets: readonly Target[], freeBytes: number): Target[] {
    const lastTarget = new Map(states.map(({ id, lastTargetBytes }) => [id, lastTargetBytes]));
    this.#donors = targets.filter(([id, bytes]) => bytes <= (lastTarget.get(id) as number));
    this.#acceptors = targets.filter(([id, bytes]) => bytes > (lastTarget.get(id) as number));
    this.#waited = 0;
    for (const { id, actualBytes } of states) this.#actualWhenSet.set(id, actualBytes);
    return [...this.#donors, ...this.#give(states, freeBytes)];
  }

  #give(states: readonly DomainState[], freeBytes: number): Target[] {
    const given: Target[] = [];
    let left = freeBytes;
    for (let next = this.#acceptors[0]; next !== undefined; next = this.#acceptors[0]) {
      const [id, bytes] = next;
      const state = states.find((candidate) => candidate.id === id);
      this.#acceptors.shift();
      if (state === undefined) continue;
      const needed = bytes - Math.max(state.actualBytes, state.lastTargetBytes);
      if (needed <= left - LEAST_FREE_BYTES) {
        given.push(next);
        left -= Math.max(0, needed);
        this.#waited = 0;
        continue;
      }
      if (given.length === 0 && ++this.#waited > WAITS) return this.#giveUp(states, state, left);
      this.#acceptors.unshift(next);
      break;
    }
    return given;
  }

  /** Memory did not come: donors that did not move are left out from now on, this acceptor gets what is there. */
  #giveUp(states: readonly DomainState[], acceptor: DomainState, freeBytes: number): Target[] {
    for (const [id, bytes] of this.#donors) {
      const donor = states.find((candidate) => candidate.id === id);
      if (donor !== undefined && donor.actualBytes > bytes && donor.actualBytes === this.#actualWhenSet.get(id)) this.#noProgress.add(id);
    }
    this.#acceptors = [];
    const there = freeBytes - LEAST_FREE_BYTES;
    return there > 0 ? [[acceptor.id, Math.trunc(Math.max(acceptor.actualBytes, acceptor.lastTargetBytes) + there)]] : [];
  }

  #clearFlags(states: readonly DomainState[]): void {
    for (const state of states) {
      const wanted = preferred({ ...state, noProgress: false });
      const isClose = state.actualBytes <= state.lastTargetBytes + CLEARED_WITHIN_BYTES;
      if (isClose || (wanted !== null && state.actualBytes < wanted)) this.#noProgress.delete(state.id);
    }
  }
}

function isSignificant(domains: readonly (DomainState & Domain)[], targets: readonly Target[], freeBytes: number): boolean {
  if (freeBytes - KEPT_FREE_BYTES < -SHORT_BYTES) return true;
  let transfer = 0;
  for (const [id, bytes] of targets) {
    const domain = domains.find((candidate) => candidate.id === id);
    if (domain === undefined) continue;
    const change = bytes - domain.lastTargetBytes;
    const wanted = preferred(domain);
    if (wanted !== null && domain.actualBytes < wanted && change > GAIN_BYTES) return true;
    transfer += Math.abs(change);
  }
  return transfer + Math.abs(freeBytes - KEPT_FREE_BYTES) > TRANSFER_BYTES;
}
