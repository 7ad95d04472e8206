/**
 * The host's tick: settles what guests gave back, evicts what was written, grants free pages, solves the disk, and answers every
 * demand of the step at once. Costs nothing for VMs that ask nothing, but for evictions.
 */
import { type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import { HostState, type StepDemand, type StepGrant } from "../../lib/wire/messages.ts";
import { sharePages } from "./grants.ts";
import type { Host } from "./host.ts";
import type { Membership } from "./membership.ts";
import { Reclaim } from "./reclaim.ts";

const NS_PER_S = 1e9;

export class StepService {
  readonly #host: Host;
  readonly #membership: Membership;
  readonly #reclaim: Reclaim;
  /** VMs answered in this tick, in order, and what is known of each. */
  readonly #vms: Uint32Array;
  readonly #readers: Int32Array;
  readonly #want: { readonly pages: Float64Array; readonly guaranteed: Float64Array; readonly granted: Float64Array };
  readonly #blocked: Uint8Array;
  #count = 0;

  constructor(host: Host, membership: Membership) {
    const { vms } = host.leases;
    this.#host = host;
    this.#membership = membership;
    this.#reclaim = new Reclaim(host);
    this.#vms = new Uint32Array(vms);
    this.#readers = new Int32Array(vms);
    this.#want = { pages: new Float64Array(vms), guaranteed: new Float64Array(vms), granted: new Float64Array(vms) };
    this.#blocked = new Uint8Array(vms);
  }

  tick(context: Context): void {
    const host = this.#host;
    this.#settle(context);
    this.#reclaim.evict(context.nowNs);
    this.#grant();
    host.swap.ask(this.#reclaim.neededPages());
    this.#solve(context.nowNs);
    this.#answer(context);
    this.#tellOwed(context);
    host.demanding.clear();
  }

  /** Takes the demands, and what they say was given back. */
  #settle(context: Context): void {
    const { demanding, demands, ledger, swap, pool, sharing, leases, counters } = this.#host;
    this.#count = 0;
    for (const vm of demanding.sorted()) {
      const demand = demands[vm];
      if (demand === undefined || !ledger.isOpen(vm)) continue;
      const isTrue = ledger.settle(vm, demand.releasedTotalPages, demand.evictedSeenTotalPages);
      if (!isTrue || pool?.settle(vm, demand.compressed) === false) {
        this.#membership.fence(vm, leases.incarnation(vm), "it gave back more pages than it holds", context);
        continue;
      }
      swap.report(vm, demand.hostSwappedPages, demand.compressed?.pages);
      counters.swappedIn(swap.read(vm, demand.hostReadTotalPages));
      sharing.set(vm, demand.shared);
      this.#vms[this.#count++] = vm;
    }
    sharing.settle();
  }

  #grant(): void {
    const { ledger, thresholds, rebuilding } = this.#host;
    const { pages, guaranteed, granted } = this.#want;
    for (let i = 0; i < this.#count; i++) {
      const vm = this.#vms[i] as number;
      const { minimumPages, sizePages, creditPages } = this.#host.guest(vm);
      const resident = ledger.resident(vm);
      const wanted = (this.#host.demands[vm] as StepDemand).wantedTotalPages - ledger.grantedTotal(vm);
      const allowed = Math.min(wanted, sizePages + creditPages - resident);
      this.#blocked[i] = this.#isBlocked(vm) ? 1 : 0;
      pages[i] = rebuilding || this.#blocked[i] === 1 ? 0 : Math.max(0, allowed);
      guaranteed[i] = Math.min(pages[i] as number, Math.max(0, minimumPages - resident));
    }
    const { unmet } = this.#host;
    this.#host.unmetPages = sharePages(this.#want, this.#count, ledger.freePages, Math.floor(thresholds.lowPages / 2));
    unmet.fill(0);
    for (let i = 0; i < this.#count; i++) {
      const vm = this.#vms[i] as number;
      if ((granted[i] as number) > 0) ledger.grant(vm, granted[i] as number);
      unmet[vm] = (pages[i] as number) - (granted[i] as number);
    }
  }

  /** In ESX's low state a VM above its target is stopped; its credit is not held against it. */
  #isBlocked(vm: number): boolean {
    const { state, control, runner } = this.#host;
    if (state !== HostState.HOST_STATE_LOW || !runner.policy.enforces) return false;
    const targetPages = control.targetPages(vm);
    return targetPages > 0 && this.#host.heldPages(vm) > targetPages + this.#host.guest(vm).creditPages;
  }

  #solve(nowNs: number): void {
    const { disk, demands, swap, counters, scenario } = this.#host;
    disk.begin();
    for (let i = 0; i < this.#count; i++) {
      const demand = demands[this.#vms[i] as number] as StepDemand;
      this.#readers[i] = -1;
      if (this.#blocked[i] === 1) continue;
      this.#readers[i] = disk.addReads(demand);
      disk.addWrites(demand.swapWritePagesPerS + demand.fileWritePagesPerS);
    }
    this.#host.standing.add(this.#host);
    disk.addWrites((swap.askedPages * NS_PER_S) / scenario.stepNs);
    disk.solve();
    counters.step(disk, scenario.host.disk.channels, nowNs, scenario.stepNs);
    this.#host.standing.count(this.#host);
    swap.wrote(disk.writeShare);
  }

  #answer(context: Context): void {
    const { disk, demands, counters } = this.#host;
    for (let i = 0; i < this.#count; i++) {
      const vm = this.#vms[i] as number;
      const demand = demands[vm] as StepDemand;
      const reader = this.#readers[i] as number;
      const grant = this.#grantTo(vm, demand.step, reader);
      grant.blocked = this.#blocked[i] === 1;
      context.send(FIRST_GUEST + vm, "stepGrant", grant);
      demands[vm] = undefined;
      if (!grant.blocked) this.#host.standing.keep(vm, demand);
      this.#host.owed.remove(vm);
      if (reader >= 0) counters.reads(disk.readsPerNs(reader));
    }
  }

  /** Quiet VMs that lost pages: told unasked, with step 0. */
  #tellOwed(context: Context): void {
    const { owed } = this.#host;
    if (owed.size === 0) return;
    for (const vm of owed.sorted()) {
      if (this.#host.ledger.isOpen(vm)) context.send(FIRST_GUEST + vm, "stepGrant", this.#grantTo(vm, 0, -1));
    }
    owed.clear();
  }

  #grantTo(vm: number, step: number, reader: number): StepGrant {
    const { epoch, ledger, pool, disk } = this.#host;
    const reads = reader >= 0;
    const wait = reads ? disk.readerWait(reader) : undefined;
    const waitProbability = wait?.probability ?? 0;
    return {
      hostEpoch: epoch,
      step,
      grantedTotalPages: ledger.grantedTotal(vm),
      evictedTotalPages: ledger.evictedTotal(vm),
      readsPerS: reads ? disk.readsPerNs(reader) * NS_PER_S : 0,
      serviceNs: Math.round(reads ? disk.serviceNs(reader) : disk.hostSwapReadNs),
      serviceVariation: reads ? disk.variation(reader) : 0,
      waitProbability,
      waitNs: waitProbability === 0 ? 0 : Math.round(disk.readerWaitNs(reader) / waitProbability),
      waitShape: wait === undefined || waitProbability === 0 ? [] : wait.told,
      writeShare: disk.writeShare,
      diskUtilisation: disk.utilisation,
      blocked: false,
      compression: pool?.told(vm),
    };
  }
}
