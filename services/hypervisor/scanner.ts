/**
 * Looks for equal pages: so many a second over all VMs that may have some, in proportion to what they hold. ESX scans at a fixed rate
 * (Mem.ShareScan*); KSM sleeps between batches of pages_to_scan, both of which a policy may set.
 */
import { type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import { SECOND_NS } from "../../lib/units.ts";
import type { Host } from "./host.ts";

/** Time between two orders to a VM. */
const EVERY_NS = SECOND_NS;

export class Scanner {
  readonly #host: Host;
  /** VMs with regions that have contents of others. */
  readonly #vms: readonly number[];
  #nextNs = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#vms = host.scenario.guests.flatMap((guest, vm) =>
      guest.workload.regions.some((region) => region.contents !== undefined) ? [vm] : [],
    );
  }

  tick(context: Context): void {
    const { scanPagesPerS, ledger } = this.#host;
    if (scanPagesPerS <= 0 || this.#vms.length === 0 || context.nowNs < this.#nextNs) return;
    this.#nextNs = context.nowNs + EVERY_NS;
    let heldPages = 0;
    for (const vm of this.#vms) heldPages += ledger.resident(vm);
    if (heldPages === 0) return;
    const perPage = (scanPagesPerS * EVERY_NS) / SECOND_NS / heldPages;
    for (const vm of this.#vms) {
      const pages = ledger.resident(vm) * perPage;
      if (ledger.isOpen(vm) && pages > 0) context.send(FIRST_GUEST + vm, "scanContents", { pages });
    }
  }
}
