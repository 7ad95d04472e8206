/**
 * The ledger of machine pages: who holds how many, in integer pages, for every VM of the host.
 *
 *     machine = reserved + overhead + sum of resident + shared + pool + free          resident = granted - released - evicted
 *
 * `free` and the sum of resident pages are counters of their own, so that the identity can fail and the audit has
 * something to check. Totals are cumulative for one lease, so that a lost message is repaired by the next
 * (docs/architecture.md). VMs are numbered from 0.
 */

import type { Hasher } from "../../lib/engine/hasher.ts";
import { assert, InvariantViolation } from "../../lib/errors.ts";
import { auditAccount, auditIdentity, type LedgerSize } from "./identity.ts";

export class Ledger {
  readonly size: LedgerSize;
  readonly #resident: Float64Array;
  readonly #granted: Float64Array;
  readonly #released: Float64Array;
  readonly #evicted: Float64Array;
  /** Evictions that the guest has said it knows of. */
  readonly #evictedSeen: Float64Array;
  readonly #open: Uint8Array;
  #freePages: number;
  #residentPages = 0;
  #overheadPages = 0;
  readonly #kept = { shared: 0, pool: 0 };
  #leases = 0;
  /** The VM whose account changed last: the one that the audit looks at. */
  #changed = 0;

  constructor(size: LedgerSize) {
    this.size = size;
    this.#resident = new Float64Array(size.vms);
    this.#granted = new Float64Array(size.vms);
    this.#released = new Float64Array(size.vms);
    this.#evicted = new Float64Array(size.vms);
    this.#evictedSeen = new Float64Array(size.vms);
    this.#open = new Uint8Array(size.vms);
    this.#freePages = size.machinePages - size.reservedPages;
    assert(this.#freePages >= 0, () => `the reserved pages (${size.reservedPages}) fit into the host's ${size.machinePages}`);
  }

  get freePages(): number {
    return this.#freePages;
  }

  get residentPages(): number {
    return this.#residentPages;
  }

  get overheadPages(): number {
    return this.#overheadPages;
  }

  /** Frames that page sharing keeps, each counted once: no VM's own. */
  get sharedPages(): number {
    return this.#kept.shared;
  }

  /** Frames of the compressed pool. */
  get poolPages(): number {
    return this.#kept.pool;
  }

  /** Brings page sharing, or the compressed pool, to `pages` frames, as far as free ones suffice. */
  keep(part: "shared" | "pool", pages: number): void {
    const more = Math.min(pages - this.#kept[part], this.#freePages);
    this.#kept[part] += more;
    this.#freePages -= more;
  }

  get leases(): number {
    return this.#leases;
  }

  isOpen(vm: number): boolean {
    return this.#open[vm] === 1;
  }

  resident(vm: number): number {
    return this.#resident[vm] as number;
  }

  grantedTotal(vm: number): number {
    return this.#granted[vm] as number;
  }

  evictedTotal(vm: number): number {
    return this.#evicted[vm] as number;
  }

  /** Evictions of which the VM has not said that it knows. */
  unseen(vm: number): number {
    return Math.max(0, (this.#evicted[vm] as number) - (this.#evictedSeen[vm] as number));
  }

  /** Opens an account that holds `heldPages`, beside the VM's overhead; false when free memory does not suffice. */
  open(vm: number, heldPages: number): boolean {
    assert(!this.isOpen(vm), () => `VM ${vm} has no account yet`);
    const overheadPages = this.size.overheadPagesPerVm;
    if (heldPages + overheadPages > this.#freePages) return false;
    this.#open[vm] = 1;
    this.#leases++;
    this.#overheadPages += overheadPages;
    this.#freePages -= overheadPages;
    this.grant(vm, heldPages);
    return true;
  }

  /** Ends the account: everything that the VM held is free. */
  close(vm: number): void {
    if (!this.isOpen(vm)) return;
    this.#open[vm] = 0;
    this.#leases--;
    this.#overheadPages -= this.size.overheadPagesPerVm;
    this.#freePages += this.size.overheadPagesPerVm;
    this.#move(vm, -this.resident(vm));
    for (const total of [this.#granted, this.#released, this.#evicted, this.#evictedSeen]) total[vm] = 0;
  }

  /** Gives free pages to a VM. */
  grant(vm: number, pages: number): void {
    const free = this.#freePages;
    assert(this.isOpen(vm) && pages >= 0 && pages <= free, () => `grant of ${pages} pages to VM ${vm} is covered by ${free} free ones`);
    (this.#granted[vm] as number) += pages;
    this.#move(vm, pages);
  }

  /** Takes pages from a VM without asking: host swapping. */
  evict(vm: number, pages: number): void {
    assert(pages >= 0 && pages <= this.resident(vm), () => `eviction of ${pages} pages from VM ${vm} finds ${this.resident(vm)} resident`);
    (this.#evicted[vm] as number) += pages;
    this.#move(vm, -pages);
  }

  /**
   * Takes note of what the guest has given back, and of which evictions it knows. Of pages that were released while
   * evictions were unseen, some had been evicted already: they leave `evicted` instead of `resident`.
   * False: the figures can not be true, and nothing has changed.
   */
  settle(vm: number, releasedTotal: number, evictedSeenTotal: number): boolean {
    const released = releasedTotal - (this.#released[vm] as number);
    if (released < 0) return true;
    const resident = this.resident(vm);
    const unseen = Math.max(0, (this.#evicted[vm] as number) - evictedSeenTotal);
    if (released > resident + unseen) return false;
    this.#evictedSeen[vm] = evictedSeenTotal;
    if (released === 0) return true;
    const gone = Math.min(unseen, Math.ceil((released * unseen) / (resident + unseen)));
    this.#released[vm] = releasedTotal;
    (this.#evicted[vm] as number) -= gone;
    this.#move(vm, gone - released);
    return true;
  }

  /** Throws where the identity is broken, in the sums or in the account that changed last. */
  audit(): void {
    const [overhead, resident, { shared, pool }, free] = [this.#overheadPages, this.#residentPages, this.#kept, this.#freePages];
    auditIdentity({ reserved: this.size.reservedPages, overhead, resident, shared, pool, free }, this.size.machinePages);
    this.#auditAccount(this.#changed);
  }

  /** Checks every account, and their sum. */
  auditAll(): void {
    let residentPages = 0;
    for (let vm = 0; vm < this.size.vms; vm++) {
      this.#auditAccount(vm);
      residentPages += this.resident(vm);
    }
    if (residentPages === this.#residentPages) return;
    throw new InvariantViolation("machine-pages", `the VMs hold ${residentPages} pages, the ledger's sum says ${this.#residentPages}`);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#freePages);
    hasher.number(this.#overheadPages);
    hasher.number(this.#kept.shared);
    hasher.number(this.#kept.pool);
    const totals = [this.#granted, this.#released, this.#evicted, this.#evictedSeen];
    for (let vm = 0; vm < this.size.vms; vm++) {
      if (!this.isOpen(vm)) continue;
      hasher.word(vm);
      for (const total of totals) hasher.number(total[vm] as number);
    }
  }

  #move(vm: number, pages: number): void {
    (this.#resident[vm] as number) += pages;
    this.#residentPages += pages;
    this.#freePages -= pages;
    this.#changed = vm;
  }

  #auditAccount(vm: number): void {
    if (this.size.vms === 0) return;
    const totals = { granted: this.#granted[vm] as number, released: this.#released[vm] as number, evicted: this.#evicted[vm] as number };
    auditAccount(vm, this.isOpen(vm), this.resident(vm), totals);
  }
}
