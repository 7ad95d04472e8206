/** What the host does with the policy: watches the memory state, asks when it is due, and sets the targets. */
import { type Context, FIRST_GUEST } from "../../lib/engine/actor.ts";
import { nextMultipleNs } from "../../lib/units.ts";
import { EventKind } from "../../lib/wire/messages.ts";
import type { Host } from "./host.ts";
import type { HostView, Occasion, VmView } from "./policies/policy.ts";
import { lookNs } from "./sampling.ts";
import { nextState, stateName } from "./states.ts";

export class Governor {
  readonly #host: Host;
  #nextLookNs = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  tick(context: Context): void {
    const host = this.#host;
    if (host.rebuilding) return;
    this.#watch(context);
    const occasion = host.runner.due(context.nowNs);
    if (occasion !== undefined) this.#ask(occasion, context);
    this.#sample(context);
  }

  #watch(context: Context): void {
    const host = this.#host;
    const { freePages } = host.ledger;
    const state = nextState(host.state, freePages, host.thresholds);
    if (state === host.state) return;
    const detail = `${stateName(host.state)} to ${stateName(state)}: ${freePages} pages free`;
    host.state = state;
    host.record(EventKind.EVENT_KIND_HOST_STATE, undefined, state, detail, context);
    host.runner.note("state");
  }

  #ask(occasion: Occasion, context: Context): void {
    const host = this.#host;
    const view = this.#view(occasion, context.nowNs);
    const { decisions, error } = host.runner.ask(view);
    if (error !== "") host.record(EventKind.EVENT_KIND_POLICY_ERROR, undefined, decisions.length, error, context);
    for (const { vm, text } of host.runner.policy.takeNotices?.() ?? [])
      host.record(EventKind.EVENT_KIND_POLICY_NOTICE, vm, 0, text, context);
    host.scanPagesPerS = host.runner.policy.scanPagesPerS ?? host.scanPagesPerS;
    for (const { vm, targetPages, untold = false } of decisions) {
      const { sizePages, driver } = host.guest(vm);
      const heard = host.stats[vm];
      const decideNs = heard === undefined ? 0 : Math.max(0, context.nowNs - heard.takenAtNs);
      const from = heard?.actualPages ?? (host.control.targetPages(vm) || sizePages);
      if (driver.kind === "none" || untold) host.control.allot(vm, targetPages, context);
      else host.control.command(vm, targetPages, from, decideNs, context);
    }
  }

  #view(occasion: Occasion, nowNs: number): HostView {
    const { ledger, state, thresholds, leases, sharing } = this.#host;
    const vms: VmView[] = [];
    for (let vm = 0; vm < leases.vms; vm++) if (ledger.isOpen(vm)) vms.push(this.#vmView(vm, nowNs));
    return {
      nowNs,
      occasion,
      memoryPages: ledger.size.machinePages,
      reservedPages: ledger.size.reservedPages,
      overheadPages: ledger.overheadPages,
      freePages: ledger.freePages,
      sharedPages: ledger.sharedPages,
      sharingPages: sharing.sharingPages,
      availablePages: ledger.freePages,
      state,
      thresholds,
      vms,
    };
  }

  #vmView(vm: number, nowNs: number): VmView {
    const { control, stats, activity } = this.#host;
    const { name, group, sizePages, minimumPages, shares, driver } = this.#host.guest(vm);
    const heard = stats[vm];
    const active = activity?.active(vm);
    return {
      vm,
      name,
      group,
      sizePages,
      minimumPages,
      shares,
      hasDriver: driver.kind !== "none",
      targetPages: control.targetPages(vm) || sizePages,
      actualPages: heard?.actualPages,
      residentPages: this.#host.heldPages(vm),
      stats: heard,
      statsAgeNs: heard === undefined ? Number.POSITIVE_INFINITY : nowNs - heard.takenAtNs,
      activePages: active === undefined ? undefined : Math.round(active * sizePages),
    };
  }

  /** Looks at the samples of every VM's accesses, where the policy wants them. */
  #sample(context: Context): void {
    const { runner, ledger, leases } = this.#host;
    const { sampling } = runner.policy;
    if (sampling === undefined || context.nowNs < this.#nextLookNs) return;
    const betweenNs = lookNs(sampling);
    this.#nextLookNs = nextMultipleNs(context.nowNs, betweenNs);
    // Over at the look that is nearest to the period's end.
    const body = { pages: sampling.pages, periodNs: Math.round(sampling.periodNs - betweenNs / 2) };
    for (let vm = 0; vm < leases.vms; vm++) if (ledger.isOpen(vm)) context.send(FIRST_GUEST + vm, "sampleAccess", body);
  }
}
