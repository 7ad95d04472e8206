/** The metrics by name: what each means and how it is read from the aggregates. docs/metrics.md lists them all. */
import { PAGE_BYTES } from "../../lib/units.ts";
import { TELEMETRY } from "./aggregate/aggregator.ts";
import { LEGS } from "./aggregate/control.ts";
import { EVENT_NAMES } from "./aggregate/events.ts";
import type { GuestAggregate } from "./aggregate/guest.ts";
import { HOST_STATES } from "./aggregate/host.ts";
import { percentilesOf } from "./aggregate/percentiles.ts";
import { BUS_METRICS } from "./busmetrics.ts";
import type { LiveVm } from "./live.ts";
import { isHeard, type Metric, ofHost, one, quantiles, type Snapshot, type Value } from "./metric.ts";

const bytes = (pages: number): number => pages * PAGE_BYTES;

function perVm(name: string, help: string, value: (live: LiveVm, guest: GuestAggregate) => number | null): Metric {
  const read = ({ vms }: Snapshot): Value[] =>
    vms.flatMap(({ live, guest }): Value[] => {
      const figure = value(live, guest);
      return figure === null ? [] : [[[live.name], figure]];
    });
  return { name, help, labels: ["vm"], read };
}

const KINDS = ["kernel", "balloon", "free", "anonymous", "cacheClean", "cacheDirty"] as const;
const KIND_LABELS = ["kernel", "balloon", "free", "anonymous", "cache_clean", "cache_dirty"] as const;

export const METRICS: readonly Metric[] = [
  one("aerostat_run_time_seconds", "Model time of the newest telemetry.", ({ view }) => view.nowNs / 1e9),
  one("aerostat_run_duration_seconds", "Model time at which the scenario ends.", ({ view }) => view.durationNs / 1e9),
  one("aerostat_vms", "VMs in the scenario.", ({ view }) => view.vms.length),
  one(
    "aerostat_vms_without_series",
    "VMs beyond the first 256, which have no series of their own.",
    ({ view, named }) => view.vms.length - named.length,
  ),

  {
    name: "aerostat_vm_silent_seconds",
    help: "For how long the VM has not been heard; 0 while it is. Its other series are absent meanwhile.",
    labels: ["vm"],
    read: ({ named }) => named.map(({ name, silentNs }): Value => [[name], silentNs / 1e9]),
  },
  one(
    "aerostat_host_silent_seconds",
    "For how long the host has not been heard; 0 while it is. Its other series are absent meanwhile.",
    ({ view }) => view.host.silentNs / 1e9,
  ),

  {
    name: "aerostat_vm_memory_bytes",
    help: "A VM's memory by kind; the kinds sum to its size.",
    labels: ["vm", "kind"],
    read: ({ vms }) =>
      vms.flatMap(({ live }) => KINDS.map((kind, i): Value => [[live.name, KIND_LABELS[i] as string], bytes(live.memory[`${kind}Pages`])])),
  },
  perVm("aerostat_vm_target_bytes", "Memory that the VM is to come to (size minus balloon); 0: no target was set.", (live) =>
    bytes(live.targetPages),
  ),
  perVm("aerostat_vm_actual_bytes", "Memory left to the VM: size minus balloon.", (live) => bytes(live.actualPages)),
  perVm("aerostat_vm_held_bytes", "Machine memory that the VM holds.", (live) => bytes(live.memory.heldPages)),
  perVm("aerostat_vm_swap_used_bytes", "In the VM's own swap.", (live) => bytes(live.memory.swappedPages)),
  perVm("aerostat_vm_host_swapped_bytes", "Of the VM, in the host's swap.", (live) => bytes(live.memory.hostSwappedPages)),
  perVm("aerostat_vm_compressed_bytes", "Of the VM, in the host's compressed pool.", (live) => bytes(live.memory.compressedPages)),
  perVm("aerostat_vm_swap_in_bytes_total", "Read from the VM's swap since the run began.", (_, { total }) => bytes(total.swapInPages)),
  perVm("aerostat_vm_swap_out_bytes_total", "Written to the VM's swap since the run began.", (_, { total }) => bytes(total.swapOutPages)),
  perVm("aerostat_vm_major_faults_total", "Faults that waited for I/O, since the run began.", (_, { total }) => total.majorFaults),
  perVm("aerostat_vm_oom_kills_total", "By the VM's OOM killer, since the run began.", (_, { total }) => total.oomKills),
  perVm("aerostat_vm_operations_total", "Operations of the workload done since the run began.", (_, { total }) => total.operations),
  perVm(
    "aerostat_vm_slowdown_ratio",
    "Unpressed over done operations, of the latest interval; absent where nothing was done.",
    (live) => live.slowdown,
  ),
  {
    name: "aerostat_vm_pressure_seconds_total",
    help: "Pressure stall time since the run began; level is some or full.",
    labels: ["vm", "level"],
    read: ({ vms }) =>
      vms.flatMap(({ live, guest }): Value[] => [
        [[live.name, "some"], guest.total.psiSomeNs / 1e9],
        [[live.name, "full"], guest.total.psiFullNs / 1e9],
      ]),
  },
  {
    name: "aerostat_vm_operation_latency_seconds",
    help: "Time of an operation, over the run so far.",
    labels: ["vm", "quantile"],
    read: ({ vms }) => vms.flatMap(({ live, guest }) => quantiles([live.name], percentilesOf(guest.operationLatency))),
  },
  {
    name: "aerostat_vm_fault_latency_seconds",
    help: "Time of a fault, over the run so far.",
    labels: ["vm", "quantile"],
    read: ({ vms }) => vms.flatMap(({ live, guest }) => quantiles([live.name], percentilesOf(guest.faultLatency))),
  },

  ofHost("aerostat_host_machine_bytes", "The machine's memory.", (host) => bytes(host.machinePages)),
  ofHost("aerostat_host_reserved_bytes", "The host's own memory.", (host) => bytes(host.reservedPages)),
  ofHost("aerostat_host_resident_bytes", "Machine memory held by VMs.", (host) => bytes(host.residentPages)),
  ofHost("aerostat_host_free_bytes", "Machine memory that is free.", (host) => bytes(host.freePages)),
  ofHost("aerostat_host_shared_bytes", "Frames that page sharing keeps, each counted once.", (host) => bytes(host.sharedPages)),
  ofHost("aerostat_host_sharing_bytes", "Memory of VMs on those frames.", (host) => bytes(host.sharingPages)),
  ofHost("aerostat_host_pool_bytes", "Machine memory of the compressed pool.", (host) => bytes(host.poolPages)),
  ofHost("aerostat_host_pooled_bytes", "Memory of VMs in it, before compression.", (host) => bytes(host.pooledPages)),
  ofHost("aerostat_host_compressed_bytes_total", "Memory of VMs that was compressed since the run began.", (_, aggregator) =>
    bytes(aggregator.host.total.compressedPages),
  ),
  ofHost("aerostat_host_decompressed_bytes_total", "Memory that VMs touched in the compressed pool since the run began.", (_, aggregator) =>
    bytes(aggregator.host.total.decompressedPages),
  ),
  ofHost("aerostat_host_swap_used_bytes", "In the host's swap.", (host) => bytes(host.swappedPages)),
  ofHost("aerostat_host_swap_in_bytes_total", "Read from the host's swap since the run began.", (_, aggregator) =>
    bytes(aggregator.host.total.swapInPages),
  ),
  ofHost("aerostat_host_swap_out_bytes_total", "Written to the host's swap since the run began.", (_, aggregator) =>
    bytes(aggregator.host.total.swapOutPages),
  ),
  ofHost("aerostat_host_leases", "VMs that hold a lease.", (host) => host.leases),
  ofHost("aerostat_host_epoch", "Counts the hypervisor's restarts.", (host) => host.epoch),
  ofHost(
    "aerostat_host_disk_utilisation_ratio",
    "Busy share of the shared disk's channels, of the latest interval.",
    (host) => host.diskUtilisation,
  ),
  ofHost(
    "aerostat_host_disk_queue_requests",
    "Mean number of requests at the shared disk, of the latest interval.",
    (host) => host.diskQueue,
  ),
  {
    name: "aerostat_host_state",
    help: "1 for the state in which the host is, 0 for the others.",
    labels: ["state"],
    read: ({ view }) =>
      isHeard(view.host) ? HOST_STATES.slice(1).map((state): Value => [[state], view.host.state === state ? 1 : 0]) : [],
  },

  one("aerostat_control_actions_total", "Control actions that ended since the run began.", ({ aggregator }) => aggregator.control.actions),
  one(
    "aerostat_control_completed_total",
    "Of these, the ones that reached their target.",
    ({ aggregator }) => aggregator.control.completed,
  ),
  {
    name: "aerostat_control_latency_seconds",
    help: "Latency of completed control actions, by leg.",
    labels: ["leg", "quantile"],
    read: ({ aggregator }) => {
      const legs = aggregator.control.percentiles();
      return LEGS.flatMap((leg) => quantiles([leg === "swapIo" ? "swap_io" : leg], legs[leg]));
    },
  },
  {
    name: "aerostat_events_total",
    help: "Events since the run began, by kind.",
    labels: ["kind"],
    read: ({ aggregator }) => EVENT_NAMES.slice(1).map((kind): Value => [[kind], aggregator.events.count(kind)]),
  },
  {
    name: "aerostat_telemetry_messages_total",
    help: "Messages that the monitor took since the run began, by kind.",
    labels: ["kind"],
    read: ({ aggregator }) => TELEMETRY.map((kind): Value => [[kind], aggregator.messages[kind]]),
  },
  ...BUS_METRICS,
  one("aerostat_telemetry_lost_total", "Messages that never came: holes in their senders' sequence numbers.", ({ view }) => view.lost),
  one(
    "aerostat_telemetry_refused_total",
    "Messages refused: stale, doubled, not their sender's to tell, or too many.",
    ({ view }) => view.refused,
  ),
];
