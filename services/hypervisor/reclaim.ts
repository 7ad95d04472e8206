/**
 * When the host swaps, how much, and whom it takes from. Every host does when free memory is below the hard threshold, until it is
 * well above the soft one, as kswapd does between its watermarks; the rest is ESX's (Waldspurger, OSDI'02 section 6.3).
 */
import { HostState } from "../../lib/wire/messages.ts";
import type { Host } from "./host.ts";
import type { Floor } from "./hostswap.ts";
import { paringPages, plentyPages } from "./states.ts";

/** A driver off its target that has not moved for so many statistics intervals is not waited for. */
const STUCK_INTERVALS = 10;

export class Reclaim {
  readonly #host: Host;
  readonly #someDriverless: boolean;
  #nowNs = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#someDriverless = host.scenario.guests.some((guest) => guest.driver.kind === "none");
  }

  /** Evicts what was written since the last tick, as far as it is still needed; the VMs will be told. */
  evict(nowNs: number): void {
    this.#nowNs = nowNs;
    const { swap, owed, counters } = this.#host;
    const neededPages = this.neededPages();
    if (neededPages === 0) return;
    const pages = swap.evict(neededPages, this.#tiers(), (vm) => owed.add(vm));
    counters.swappedOut(pages);
  }

  /** Pages that host swapping is to make free, as far as there are any that it may take. */
  neededPages(): number {
    const { scenario, rebuilding, swap } = this.#host;
    if (rebuilding || !scenario.host.hostSwap) return 0;
    const wantedPages = this.#wantedPages();
    return wantedPages === 0 ? 0 : Math.min(wantedPages, swap.excess(this.#last));
  }

  /** For those who wait, and to leave the hard and low states. */
  #wantedPages(): number {
    const { scenario, unmetPages, arrivals, state, ledger, thresholds, swap, runner } = this.#host;
    const waitingPages = unmetPages + arrivals.size * scenario.host.overheadPagesPerVm;
    const { freePages } = ledger;
    if (state === HostState.HOST_STATE_HARD || state === HostState.HOST_STATE_LOW) {
      return waitingPages + Math.max(0, paringPages(thresholds) - freePages);
    }
    if (state !== HostState.HOST_STATE_SOFT || waitingPages > 0 || !runner.policy.enforces) return waitingPages;
    // In the soft state ESX swaps only where ballooning is not possible.
    const missingPages = Math.max(0, plentyPages(thresholds) - freePages);
    return this.#allBalloon() ? 0 : Math.min(missingPages, swap.excess(this.#beyondBalloons));
  }

  /**
   * Whom host swapping takes from, and down to what: what VMs hold above their due; above their minimum; and of who still waits for
   * pages, as many of its own.
   */
  #tiers(): readonly Floor[] {
    const host = this.#host;
    if (host.state === HostState.HOST_STATE_SOFT && host.unmetPages + host.arrivals.size === 0) return [this.#beyondBalloons];
    return [(vm) => host.entitlement(vm), this.#minimum, this.#last];
  }

  /** In the soft state: of VMs whose balloon can not give it, what they hold above their due. */
  readonly #beyondBalloons: Floor = (vm) => (this.#canBalloon(vm) ? Number.POSITIVE_INFINITY : this.#host.entitlement(vm));

  readonly #minimum: Floor = (vm) => this.#host.guest(vm).minimumPages;

  /** What a VM waits for where all others are at their minimum, it gets in exchange for pages of its own. */
  readonly #last: Floor = (vm) => Math.min(this.#minimum(vm), this.#host.heldPages(vm) - (this.#host.unmet[vm] as number));

  /** Spares the host a look at every VM. */
  #allBalloon(): boolean {
    return !this.#someDriverless && this.#host.control.above === 0;
  }

  #canBalloon(vm: number): boolean {
    const { scenario, control } = this.#host;
    if (this.#host.guest(vm).driver.kind === "none") return false;
    return !control.isStuck(vm, this.#nowNs, STUCK_INTERVALS * scenario.host.statisticsNs);
  }
}
