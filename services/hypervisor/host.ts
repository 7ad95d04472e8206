/** The host's parts, as the actor's files share them. */
import { type Context, FIRST_GUEST, MONITOR } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import { poolOf } from "../../lib/scenario/compression.ts";
import type { GuestConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { type DriverStats, EventKind, HostState, type StepDemand } from "../../lib/wire/messages.ts";
import { CompressedPool } from "./compressedpool.ts";
import { Control } from "./control.ts";
import { HostCounters } from "./counters.ts";
import { Disk } from "./disk.ts";
import { HostSwap } from "./hostswap.ts";
import { Leases } from "./leases.ts";
import { Ledger } from "./ledger.ts";
import type { Policy } from "./policies/policy.ts";
import { PolicyRunner } from "./policyrunner.ts";
import { ActivityEstimates } from "./sampling.ts";
import { SharePool } from "./sharepool.ts";
import { Standing } from "./standing.ts";
import { type Thresholds, thresholdsOf } from "./states.ts";
import { VmSet } from "./vmset.ts";

export class Host {
  readonly scenario: Scenario;
  readonly epoch: number;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly disk: Disk;
  /** Absent: the host compresses nothing. */
  readonly pool: CompressedPool | undefined;
  readonly swap: HostSwap;
  readonly sharing: SharePool;
  /** Pages that are looked at for sharing, over all VMs. */
  scanPagesPerS: number;
  readonly control: Control;
  readonly runner: PolicyRunner;
  readonly activity: ActivityEstimates | undefined;
  readonly thresholds: Thresholds;
  readonly counters = new HostCounters();
  /** When this epoch began. */
  startedAtNs = 0;
  state: number;
  /** The newest demand that was not answered yet, by VM. */
  readonly demands: (Readonly<StepDemand> | undefined)[];
  readonly demanding: VmSet;
  readonly standing: Standing;
  readonly stats: (Readonly<DriverStats> | undefined)[];
  /** Quiet VMs to which a StepGrant is due: they lost pages, or may not have heard of it. */
  readonly owed: VmSet;
  /** Pages that VMs asked for at the last tick and did not get. */
  unmetPages = 0;
  /** The same by VM. */
  readonly unmet: Float64Array;
  /** Boots that wait for the host to have room for their overhead: incarnation by VM, 0 for none. */
  readonly arriving: Uint32Array;
  readonly arrivals: VmSet;

  constructor(scenario: Scenario, epoch: number, policy: Policy) {
    const { host, guests, stepNs } = scenario;
    const vms = guests.length;
    this.scenario = scenario;
    this.arriving = new Uint32Array(vms);
    this.arrivals = new VmSet(vms);
    this.epoch = epoch;
    this.ledger = new Ledger({
      machinePages: host.memoryPages,
      reservedPages: host.reservedPages,
      overheadPagesPerVm: host.overheadPagesPerVm,
      vms,
    });
    this.leases = new Leases(vms, host.leaseNs, epoch > 1);
    this.disk = new Disk(host.disk, vms);
    const compression = poolOf(host);
    this.pool = compression === undefined ? undefined : new CompressedPool(this.ledger, guests, compression);
    this.swap = new HostSwap(this.ledger, host.swapPages, host.disk, stepNs, this.pool);
    this.sharing = new SharePool(this.ledger, guests);
    this.scanPagesPerS = host.shareScanPagesPerS;
    this.control = new Control(vms, host.statisticsNs, epoch);
    this.runner = new PolicyRunner(host.policy.name, policy);
    this.activity = policy.sampling === undefined ? undefined : new ActivityEstimates(vms, policy.sampling);
    this.thresholds = policy.thresholds ?? thresholdsOf(host.states, host.memoryPages);
    this.state = epoch > 1 ? HostState.HOST_STATE_REBUILDING : HostState.HOST_STATE_HIGH;
    this.demands = new Array<StepDemand | undefined>(vms).fill(undefined);
    this.demanding = new VmSet(vms);
    this.unmet = new Float64Array(vms);
    this.standing = new Standing(vms);
    this.stats = new Array<DriverStats | undefined>(vms).fill(undefined);
    this.owed = new VmSet(vms);
  }

  begin(nowNs: number): void {
    this.startedAtNs = nowNs;
    this.counters.begin(nowNs);
  }

  get rebuilding(): boolean {
    return this.state === HostState.HOST_STATE_REBUILDING;
  }

  guest(vm: number): GuestConfig {
    return this.scenario.guests[vm] as GuestConfig;
  }

  /** What a VM may keep when memory is short: its target where that is enforced, else its minimum. */
  entitlement(vm: number): number {
    const { minimumPages, sizePages } = this.guest(vm);
    if (!this.runner.policy.enforces) return minimumPages;
    return Math.max(minimumPages, this.control.targetPages(vm) || sizePages);
  }

  /** Machine pages that a VM costs: resident, and its part of the compressed pool, which ESX charges to it as well. */
  heldPages(vm: number): number {
    return this.ledger.resident(vm) + (this.pool?.frames(vm) ?? 0);
  }

  /** Opens the account of a VM that was here before this epoch; false when free memory does not suffice for what it says it has. */
  reopen(vm: number, heldPages: number, compressedPages: number): boolean {
    if (!this.ledger.open(vm, heldPages)) return false;
    if (this.pool?.restore(vm, compressedPages) !== false) return true;
    this.ledger.close(vm);
    return false;
  }

  /** Ends a VM's lease, if it has one: its pages are free, what it asked for is forgotten. */
  endLease(vm: number, context: Context): void {
    if (!this.ledger.isOpen(vm)) return;
    this.ledger.close(vm);
    this.leases.end(vm);
    this.swap.drop(vm);
    this.pool?.drop(vm);
    this.sharing.set(vm);
    this.control.release(vm, context);
    this.activity?.forget(vm);
    this.demands[vm] = undefined;
    this.standing.drop(vm);
    this.stats[vm] = undefined;
    this.runner.note("roster");
  }

  record(kind: number, vm: number | undefined, amount: number, detail: string, context: Context): void {
    context.send(MONITOR, "eventRecord", { kind, subject: vm === undefined ? context.self : FIRST_GUEST + vm, amount, detail });
  }

  /** A lease that ended against the VM's will. */
  recordLeaseEnd(vm: number, reason: string, context: Context): void {
    const heldPages = this.ledger.resident(vm);
    this.record(
      EventKind.EVENT_KIND_LEASE_ENDED,
      vm,
      heldPages,
      `VM "${this.guest(vm).name}" ${reason}; ${heldPages} pages come back`,
      context,
    );
  }

  digest(hasher: Hasher): void {
    hasher.word(this.state);
    hasher.number(this.unmetPages);
    this.ledger.digest(hasher);
    this.leases.digest(hasher);
    this.disk.digest(hasher);
    this.swap.digest(hasher);
    this.pool?.digest(hasher);
    this.sharing.digest(hasher);
    this.control.digest(hasher);
    this.activity?.digest(hasher);
    this.runner.digest(hasher);
  }
}
