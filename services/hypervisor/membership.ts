/**
 * Leases: how VMs come, report after the host's restart, fall silent, and are fenced (docs/architecture.md).
 */
import { type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import { EventKind, HostState, type Inventory } from "../../lib/wire/messages.ts";
import type { Host } from "./host.ts";
import { nextState } from "./states.ts";
import { VmSet } from "./vmset.ts";

/** Silence of the host itself, as a share of the lease and in steps, after which no guest's silence counts. */
const DEAF_SHARE = 0.5;
const DEAF_STEPS = 2;

export class Membership {
  readonly #host: Host;
  /** VMs that spoke without a lease, and the incarnation that did. */
  readonly #strangers: VmSet;
  readonly #strange: Uint32Array;
  #lastTickNs = 0;

  constructor(host: Host) {
    const { vms } = host.leases;
    this.#host = host;
    this.#strangers = new VmSet(vms);
    this.#strange = new Uint32Array(vms);
  }

  /** A restarted host asks every VM of the roster what it holds. */
  start(context: Context): void {
    this.#lastTickNs = context.nowNs;
    if (!this.#host.rebuilding) return;
    for (let vm = 0; vm < this.#host.leases.vms; vm++) this.#ask(vm, context);
  }

  /** Whether this incarnation holds a lease. Silent: what is to be said to a stranger is said at the tick. */
  hear(vm: number, incarnation: number, nowNs: number): boolean {
    if (this.#host.leases.hear(vm, incarnation, nowNs)) return true;
    if (this.#host.arriving[vm] === incarnation) return false;
    this.#strangers.add(vm);
    this.#strange[vm] = incarnation;
    return false;
  }

  hello(vm: number, incarnation: number, context: Context): void {
    const host = this.#host;
    if (host.leases.incarnation(vm) === incarnation) {
      this.#welcome(vm, context);
      return;
    }
    if (host.ledger.isOpen(vm)) {
      host.recordLeaseEnd(vm, "has booted anew", context);
      host.endLease(vm, context);
    }
    host.arriving[vm] = incarnation;
    host.arrivals.add(vm);
    this.#admit(vm, context);
  }

  inventory(vm: number, incarnation: number, body: Readonly<Inventory>, context: Context): void {
    const { leases, ledger, control, swap, sharing, rebuilding, epoch } = this.#host;
    if (body.hostEpoch !== epoch) return;
    if (leases.incarnation(vm) === incarnation) {
      this.#welcome(vm, context);
      return;
    }
    const compressedPages = body.compressedPages ?? 0;
    if (!rebuilding || ledger.isOpen(vm) || !this.#host.reopen(vm, body.heldPages, compressedPages)) {
      this.fence(
        vm,
        incarnation,
        rebuilding ? "the pages that it reports were given to others" : "its report came after the ledger was rebuilt",
        context,
      );
      return;
    }
    const { minimumPages, sizePages } = this.#host.guest(vm);
    const sound = body.targetPages >= minimumPages && body.targetPages <= sizePages;
    if (sound) control.adopt(vm, body.targetAction, body.targetPages, context.nowNs);
    swap.report(vm, body.hostSwappedPages, compressedPages);
    sharing.set(vm, body.shared);
    leases.begin(vm, incarnation, context.nowNs);
    this.#welcome(vm, context);
  }

  /** Ends what lease there is, and tells the VM to boot anew. */
  fence(vm: number, incarnation: number, reason: string, context: Context): void {
    const host = this.#host;
    if (host.leases.incarnation(vm) === incarnation) {
      host.recordLeaseEnd(vm, `is fenced: ${reason}`, context);
      host.endLease(vm, context);
    }
    host.leases.report(vm);
    if (!host.leases.mayFence(vm, incarnation, context.nowNs, 2 * host.scenario.host.statisticsNs)) return;
    context.send(FIRST_GUEST + vm, "fenced", { reason, incarnation });
  }

  /** Leases that end, the rebuild that ends, boots that find room, and strangers. */
  tick(context: Context): void {
    const host = this.#host;
    const { leases, scenario } = host;
    const { nowNs } = context;
    const deaf = nowNs - this.#lastTickNs >= Math.max(scenario.host.leaseNs * DEAF_SHARE, scenario.stepNs * DEAF_STEPS);
    this.#lastTickNs = nowNs;
    if (deaf) leases.renewAll(nowNs);
    for (const vm of leases.expired(nowNs)) {
      host.recordLeaseEnd(vm, "was silent for too long", context);
      host.endLease(vm, context);
    }
    if (host.rebuilding && (leases.waiting === 0 || nowNs - host.startedAtNs >= scenario.host.leaseNs)) this.#rebuilt(context);
    if (host.arrivals.size > 0) this.#admitAll(context);
    if (this.#strangers.size > 0) this.#meetStrangers(context);
  }

  #rebuilt(context: Context): void {
    const host = this.#host;
    const silent = host.leases.waiting;
    host.leases.endRebuild();
    host.state = nextState(HostState.HOST_STATE_HIGH, host.ledger.freePages, host.thresholds);
    const detail = `${host.ledger.leases} leases hold ${host.ledger.residentPages} pages; ${silent} VMs did not report`;
    host.record(EventKind.EVENT_KIND_LEDGER_REBUILT, undefined, host.ledger.leases, detail, context);
    host.runner.note("roster");
  }

  #admitAll(context: Context): void {
    for (const vm of [...this.#host.arrivals.sorted()]) this.#admit(vm, context);
  }

  /** Opens the lease of a VM that boots, if the host has room for its overhead. */
  #admit(vm: number, context: Context): void {
    const host = this.#host;
    if (!host.ledger.open(vm, 0)) return;
    host.leases.begin(vm, host.arriving[vm] as number, context.nowNs);
    host.arriving[vm] = 0;
    host.arrivals.remove(vm);
    host.runner.note("roster");
    this.#welcome(vm, context);
  }

  #meetStrangers(context: Context): void {
    for (const vm of this.#strangers.sorted()) {
      const incarnation = this.#strange[vm] as number;
      if (this.#host.leases.incarnation(vm) >= incarnation) continue;
      if (this.#host.rebuilding) this.#ask(vm, context);
      else this.fence(vm, incarnation, "it holds no lease on this host", context);
    }
    this.#strangers.clear();
  }

  #ask(vm: number, context: Context): void {
    context.send(FIRST_GUEST + vm, "inventoryRequest", { hostEpoch: this.#host.epoch });
  }

  #welcome(vm: number, context: Context): void {
    const { epoch, ledger, control, pool } = this.#host;
    const { action: targetAction, targetPages } = control.told(vm);
    context.send(FIRST_GUEST + vm, "welcome", {
      hostEpoch: epoch,
      grantedTotalPages: ledger.grantedTotal(vm),
      evictedTotalPages: ledger.evictedTotal(vm),
      targetAction,
      targetPages,
      compression: pool?.told(vm),
    });
  }
}
