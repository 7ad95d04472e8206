/**
 * The guest's side of its lease: which host epoch it belongs to, which step it waits for, and what the last grant said.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Compression, Inventory, StepGrant, Welcome } from "../../lib/wire/messages.ts";
import { isNear } from "./asked.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { sharedOf } from "./sharedpages.ts";

/** Response time assumed before the first grant has told one. */
const FIRST_RESPONSE_NS = 100_000;
export class Lease {
  /** Greeting: no lease yet. Reported: a restarted host has been told what is held, and must welcome the guest. */
  state: "greeting" | "reported" | "open" = "greeting";
  hostEpoch = 0;
  /** Number of the step whose grant is waited for; -1: none, the guest is quiet. */
  step = -1;
  /** The grant of that step, once it is here. */
  grant: StepGrant | undefined;
  /** Mean response time of a read, as last told. */
  responseNs = FIRST_RESPONSE_NS;
  /** The last grant said of the disk what the one before it did. */
  steady = false;
  #writeShare = 1;
  /** Machine pages given back, and evictions that the guest knows of, as the host was last told. */
  releasedToldPages = 0;
  evictedToldPages = 0;
  sharedToldPages = 0;
  /** Pages read from the host's swap. */
  hostReadToldPages = 0;
  /** And compressed pages that left the host's pool. */
  compressedLeftToldPages = 0;
  /** Held when the present host epoch was told; a repeated request gets the same answer. */
  #inventory: Inventory | undefined;
  #grantedTotalPages = 0;
  #evictedTotalPages = 0;
  #compression: Compression | undefined;

  /** Notes a grant, silently; take() applies it. Those of another epoch are stale. */
  note(grant: StepGrant): void {
    if (this.state !== "open" || grant.hostEpoch !== this.hostEpoch) return;
    this.#grantedTotalPages = Math.max(this.#grantedTotalPages, grant.grantedTotalPages);
    this.#evictedTotalPages = grant.evictedTotalPages;
    this.#compression = grant.compression ?? undefined;
    if (grant.step !== this.step) return;
    this.grant = grant;
    const responseNs = grant.readsPerS > 0 ? grant.serviceNs + grant.waitProbability * grant.waitNs : this.responseNs;
    this.steady = isNear(responseNs, this.responseNs) && isNear(grant.writeShare, this.#writeShare);
    this.responseNs = responseNs;
    this.#writeShare = grant.writeShare;
  }

  /** The host has taken pages of which the machine does not know yet. */
  hasLost({ memory }: Machine): boolean {
    return this.#evictedTotalPages !== memory.evictedSeenTotalPages;
  }

  /** Brings the machine's account to what the host has said. */
  take(machine: Machine): void {
    machine.memory.grantUpTo(this.#grantedTotalPages);
    if (this.#evictedTotalPages !== machine.memory.evictedSeenTotalPages || this.#compression !== undefined)
      machine.evictions.upTo(this.#evictedTotalPages, this.#compression);
  }

  /** A restarted host asks: from here on the lease counts from what is held now. */
  report(hostEpoch: number, machine: Machine): Inventory {
    if (this.#inventory?.hostEpoch === hostEpoch) return this.#inventory;
    rebase(machine.memory);
    this.#grantedTotalPages = machine.memory.grantedTotalPages;
    this.#evictedTotalPages = 0;
    this.#compression = undefined;
    this.releasedToldPages = 0;
    this.evictedToldPages = 0;
    this.compressedLeftToldPages = 0;
    this.hostReadToldPages = 0;
    this.sharedToldPages = machine.memory.shared.pages;
    this.hostEpoch = hostEpoch;
    this.state = "reported";
    this.step = -1;
    this.grant = undefined;
    this.#inventory = {
      hostEpoch,
      heldPages: machine.memory.heldPages,
      balloonPages: machine.memory.balloonPages,
      hostSwappedPages: machine.memory.hostSwappedPages,
      targetAction: machine.balloon.action,
      targetPages: machine.balloon.targetPages,
      shared: sharedOf(machine.memory.shared),
      compressedPages: machine.memory.gone.compressedPages || undefined,
    };
    return this.#inventory;
  }

  /** The answer of a restarted host that has not welcomed the guest yet. */
  get inventory(): Inventory | undefined {
    return this.state === "reported" ? this.#inventory : undefined;
  }

  /** Whether the welcome opened the lease: one for another epoch, or a second one, does not. */
  open(welcome: Welcome, machine: Machine): boolean {
    if (this.state === "open" || (this.state === "reported" && welcome.hostEpoch !== this.hostEpoch)) return false;
    this.hostEpoch = welcome.hostEpoch;
    this.#grantedTotalPages = welcome.grantedTotalPages;
    this.#evictedTotalPages = welcome.evictedTotalPages;
    this.#compression = welcome.compression ?? undefined;
    this.state = "open";
    this.take(machine);
    return true;
  }

  /** The host knows what the guest has given back and read, and that it knows what was taken. */
  hasTold({ memory }: Machine): boolean {
    if (memory.shared.pages !== this.sharedToldPages || memory.gone.hostReadTotalPages !== this.hostReadToldPages) return false;
    if (memory.gone.leftTotalPages !== this.compressedLeftToldPages) return false;
    return memory.releasedTotalPages === this.releasedToldPages && memory.evictedSeenTotalPages === this.evictedToldPages;
  }

  digest(hasher: Hasher): void {
    hasher.text(this.state);
    hasher.word(this.hostEpoch);
    hasher.number(this.step);
    hasher.number(this.#grantedTotalPages);
    hasher.number(this.#evictedTotalPages);
    hasher.number(this.releasedToldPages);
    hasher.number(this.evictedToldPages);
  }
}

/** A new lease in a new host epoch: what is held counts as granted. */
function rebase(memory: Memory): void {
  memory.grantedTotalPages = memory.heldPages;
  memory.releasedTotalPages = 0;
  memory.evictedSeenTotalPages = 0;
  memory.gone.rebase();
}
