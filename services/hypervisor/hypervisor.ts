/**
 * The hypervisor as an actor: the machine-page ledger, the reclamation policy, host swap and the shared disk of one host.
 *
 * Its incarnation is the host epoch. What guests send in a step is noted silently; all is done at the tick, five
 * eighths of a step after each step's start (docs/architecture.md).
 */
import { type Actor, type ActorFactory, type ActorId, type Context, FIRST_GUEST, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import { nextSampleNs } from "../../lib/scenario/sampletimes.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { EventKind, FaultKind, type FaultOrder, type Message, type StepDemand } from "../../lib/wire/messages.ts";
import { NO_POOL } from "./compressedpool.ts";
import { Governor } from "./governor.ts";
import { Host } from "./host.ts";
import { Membership } from "./membership.ts";
import type { Policy } from "./policies/policy.ts";
import { policyOf } from "./policies/registry.ts";
import { Scanner } from "./scanner.ts";
import { StepService } from "./step.ts";
import { VmSet } from "./vmset.ts";

const TICK = "tick";
/** The last sample does not wait for a tick: there is none any more. */
const END = "end";

/** `makePolicy`: a policy of the caller's own, in place of the scenario's; made anew for each incarnation. */
export function hypervisorFactory(scenario: Scenario, makePolicy: (scenario: Scenario) => Policy = policyOf): ActorFactory {
  return (incarnation) => new Hypervisor(scenario, incarnation, makePolicy(scenario));
}

class Hypervisor implements Actor {
  readonly #scenario: Scenario;
  readonly #host: Host;
  readonly #membership: Membership;
  readonly #step: StepService;
  readonly #governor: Governor;
  readonly #scanner: Scanner;
  readonly #gaps: Float64Array;
  readonly #gapped: VmSet;
  /** Factors of the disk-slow faults that are active, by number of the fault. */
  readonly #slow = new Map<number, number>();
  #nextSampleNs = 0;

  constructor(scenario: Scenario, epoch: number, policy: Policy) {
    const vms = scenario.guests.length;
    this.#scenario = scenario;
    this.#host = new Host(scenario, epoch, policy);
    this.#membership = new Membership(this.#host);
    this.#step = new StepService(this.#host, this.#membership);
    this.#governor = new Governor(this.#host);
    this.#scanner = new Scanner(this.#host);
    this.#gaps = new Float64Array(vms);
    this.#gapped = new VmSet(vms);
  }

  start(context: Context): void {
    this.#host.begin(context.nowNs);
    this.#nextSampleNs = nextSampleNs(this.#scenario, context.nowNs);
    this.#membership.start(context);
    this.#arm(context);
    const leftNs = this.#scenario.durationNs - context.nowNs;
    if (leftNs > 0) context.after(leftNs, END);
  }

  receive(message: Message, context: Context): void {
    if (message.kind === "faultOrder") {
      this.#fault(message.body);
      return;
    }
    const vm = message.source - FIRST_GUEST;
    if (vm < 0 || vm >= this.#host.leases.vms) return;
    this.#hear(vm, message, context);
  }

  wake(timer: string, _data: number, context: Context): void {
    if (timer === TICK) this.#tick(context);
    if (context.nowNs >= this.#nextSampleNs) this.#sample(context);
  }

  #tick(context: Context): void {
    this.#arm(context);
    this.#membership.tick(context);
    this.#step.tick(context);
    this.#governor.tick(context);
    this.#scanner.tick(context);
    this.#host.control.tick(context);
    this.#reportGaps(context);
  }

  missed(source: ActorId, count: number): void {
    const vm = source - FIRST_GUEST;
    if (vm < 0 || vm >= this.#host.leases.vms) return;
    (this.#gaps[vm] as number) += count;
    this.#gapped.add(vm);
  }

  audit(): void {
    const { ledger, control } = this.#host;
    ledger.audit();
    const vm = control.changed;
    const targetPages = control.targetPages(vm);
    if (targetPages === 0) return;
    const { name, minimumPages, sizePages } = this.#host.guest(vm);
    if (targetPages >= minimumPages && targetPages <= sizePages) return;
    throw new InvariantViolation(
      "guaranteed-minimum",
      `target of VM "${name}" is ${targetPages} pages, not from ${minimumPages} to ${sizePages}`,
    );
  }

  digest(hasher: Hasher): void {
    this.#host.digest(hasher);
  }

  end(): void {
    this.#host.runner.policy.end?.();
  }

  #hear(vm: number, message: Message, context: Context): void {
    const { incarnation } = message;
    if (message.kind === "hello") this.#membership.hello(vm, incarnation, context);
    else if (message.kind === "inventory") this.#membership.inventory(vm, incarnation, message.body, context);
    else if (this.#membership.hear(vm, incarnation, context.nowNs)) this.#note(vm, message, context.nowNs);
  }

  /** A message of a VM that holds a lease: noted, and acted upon at the tick. */
  #note(vm: number, message: Message, nowNs: number): void {
    const host = this.#host;
    if (message.kind === "stepDemand") this.#demand(vm, message.body);
    else if (message.kind === "balloonReport") host.control.noteReport(vm, message.body, nowNs);
    else if (message.kind === "accessSample") host.activity?.note(vm, message.body);
    else if (message.kind === "driverStats") {
      host.stats[vm] = message.body;
      host.control.noteStats(vm, message.body, nowNs);
      this.#remind(vm);
    }
  }

  #demand(vm: number, demand: Readonly<StepDemand>): void {
    if (demand.hostEpoch !== this.#host.epoch) return;
    this.#host.demands[vm] = demand;
    this.#host.demanding.add(vm);
  }

  /** A VM that is quiet and has not said that it knows of its evictions may not have heard. */
  #remind(vm: number): void {
    const { ledger, demanding, owed } = this.#host;
    if (ledger.unseen(vm) > 0 && !demanding.has(vm)) owed.add(vm);
  }

  #fault(order: Readonly<FaultOrder>): void {
    if (order.kind !== FaultKind.FAULT_KIND_DISK_SLOW) return;
    if (order.active) this.#slow.set(order.fault, order.amount);
    else this.#slow.delete(order.fault);
    let slowness = 1;
    for (const fault of [...this.#slow.keys()].sort((a, b) => a - b)) slowness *= this.#slow.get(fault) as number;
    this.#host.disk.slowness = slowness;
  }

  #reportGaps(context: Context): void {
    if (this.#gapped.size === 0) return;
    for (const vm of this.#gapped.sorted()) {
      const count = this.#gaps[vm] as number;
      const detail = `${count} messages from VM "${this.#host.guest(vm).name}" were lost`;
      this.#host.record(EventKind.EVENT_KIND_LINK_GAP, vm, count, detail, context);
      this.#gaps[vm] = 0;
    }
    this.#gapped.clear();
  }

  #sample(context: Context): void {
    const { counters, ledger, epoch, state, swap, pool, sharing, control } = this.#host;
    this.#nextSampleNs = nextSampleNs(this.#scenario, context.nowNs);
    ledger.auditAll();
    pool?.audit();
    const rest = {
      hostEpoch: epoch,
      state,
      swappedPages: swap.swappedPages,
      diskChannels: this.#scenario.host.disk.channels,
      targetsSet: control.takeSent(),
      sharingPages: sharing.sharingPages,
      ...(pool?.sample() ?? NO_POOL),
    };
    context.send(MONITOR, "hostSample", counters.take(ledger, rest, context));
  }

  /** The next tick after now: demands may come late, and the answers must be there at the next step's start (decision 23). */
  #arm(context: Context): void {
    const { stepNs } = this.#scenario;
    const offsetNs = Math.floor((stepNs * 5) / 8);
    const step = Math.floor((context.nowNs - offsetNs) / stepNs) + 1;
    context.after(step * stepNs + offsetNs - context.nowNs, TICK);
  }
}
