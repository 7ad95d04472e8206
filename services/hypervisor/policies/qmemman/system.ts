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
const SLOW_BEYOND_BYTES = 12.5 * MIB;
const WAITS = 5;

/** Why a donor is blamed for memory that did not come: it did not move at all, or it is still above its target. */
export type Blame = "no progress" | "slow to react";

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
  readonly #blamed = new Map<string, Blame>();
  /** Called when a donor is blamed; it is left out of the balance while it makes no progress. */
  readonly #onBlame: (id: string, blame: Blame) => void;

  constructor(onBlame: (id: string, blame: Blame) => void = () => undefined) {
    this.#onBlame = onBlame;
  }

  /** One step: targets to set now. `hasNews`: some domain has published new meminfo, which is what starts a balance. */
  step(states: readonly DomainState[], xenFreeBytes: number, hasNews: boolean): Target[] {
    this.#clearFlags(states);
    // Memory that was assigned and not taken yet is not free.
    let freeBytes = xenFreeBytes;
    for (const { lastTargetBytes, actualBytes } of states) freeBytes -= Math.max(0, lastTargetBytes - actualBytes);
    if (this.#acceptors.length > 0) return this.#give(states, freeBytes);
    if (!hasNews) return [];
    const domains = states.map((state) => ({ ...state, noProgress: this.#blamed.get(state.id) === "no progress" }));
    const targets = balance(domains, freeBytes - KEPT_FREE_BYTES);
    return isSignificant(domains, targets, freeBytes) ? this.#begin(states, targets, freeBytes) : [];
  }

  digest(hasher: Hasher): void {
    for (const [id, bytes] of [...this.#acceptors, ...this.#donors]) {
      hasher.text(id);
      hasher.number(bytes);
    }
    hasher.word(this.#waited);
    for (const id of [...this.#blamed.keys()].sort()) {
      hasher.text(id);
      hasher.text(this.#blamed.get(id) as Blame);
    }
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
    const byId = new Map(states.map((state) => [state.id, state]));
    for (let next = this.#acceptors[0]; next !== undefined; next = this.#acceptors[0]) {
      const [id, bytes] = next;
      const state = byId.get(id);
      this.#acceptors.shift();
      if (state === undefined) continue;
      const needed = bytes - Math.max(state.actualBytes, state.lastTargetBytes);
      if (needed <= left - LEAST_FREE_BYTES) {
        given.push(next);
        left -= Math.max(0, needed);
        this.#waited = 0;
        continue;
      }
      if (given.length === 0 && ++this.#waited > WAITS) return this.#giveUp(byId, state, left);
      this.#acceptors.unshift(next);
      break;
    }
    return given;
  }

  /** Memory did not come: the donors that kept it are blamed, this acceptor gets what is there. */
  #giveUp(states: ReadonlyMap<string, DomainState>, acceptor: DomainState, freeBytes: number): Target[] {
    for (const [id, bytes] of this.#donors) {
      const donor = states.get(id);
      if (donor === undefined || donor.actualBytes <= bytes) continue;
      if (donor.actualBytes === this.#actualWhenSet.get(id)) this.#blame(id, "no progress");
      else if (donor.actualBytes > bytes + SLOW_BEYOND_BYTES) this.#blame(id, "slow to react");
    }
    this.#acceptors = [];
    const there = freeBytes - LEAST_FREE_BYTES;
    return there > 0 ? [[acceptor.id, Math.trunc(Math.max(acceptor.actualBytes, acceptor.lastTargetBytes) + there)]] : [];
  }

  #blame(id: string, blame: Blame): void {
    if (this.#blamed.get(id) === blame) return;
    this.#blamed.set(id, blame);
    this.#onBlame(id, blame);
  }

  #clearFlags(states: readonly DomainState[]): void {
    for (const state of states) {
      const wanted = preferred({ ...state, noProgress: false });
      const isClose = state.actualBytes <= state.lastTargetBytes + CLEARED_WITHIN_BYTES;
      if (isClose || (wanted !== null && state.actualBytes < wanted)) this.#blamed.delete(state.id);
    }
  }
}

function isSignificant(domains: readonly (DomainState & Domain)[], targets: readonly Target[], freeBytes: number): boolean {
  if (freeBytes - KEPT_FREE_BYTES < -SHORT_BYTES) return true;
  let transfer = 0;
  const byId = new Map(domains.map((domain) => [domain.id, domain]));
  for (const [id, bytes] of targets) {
    const domain = byId.get(id);
    if (domain === undefined) continue;
    const change = bytes - domain.lastTargetBytes;
    const wanted = preferred(domain);
    if (wanted !== null && domain.actualBytes < wanted && change > GAIN_BYTES) return true;
    transfer += Math.abs(change);
  }
  return transfer + Math.abs(freeBytes - KEPT_FREE_BYTES) > TRANSFER_BYTES;
}
