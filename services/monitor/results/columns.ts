/**
 * Columns of the result tables: name, type, unit, meaning, and where the value comes from. docs/results.md lists them, and
 * a test holds the two together.
 */

import type { TelemetryMessage } from "../aggregate/aggregator.ts";
import { eventName } from "../aggregate/events.ts";
import { hostStateName } from "../aggregate/host.ts";
import { balloonStateName } from "../live.ts";
import { type Column, double, int32, int64, string } from "./column.ts";

type Of<K extends TelemetryMessage["kind"]> = Extract<TelemetryMessage, { kind: K }>;
export type GuestRow = Of<"guestSample">;
export type HostRow = Of<"hostSample">;
export type ActionRow = Of<"controlAction">;
export type EventRow = Of<"eventRecord">;
export type ServiceRow = Of<"serviceSample">;

/** One bucket of one VM's latency histogram in one window of time. */
export interface LatencyRow {
  readonly actor: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly what: "fault" | "operation";
  readonly lowNs: number;
  readonly highNs: number;
  readonly count: number;
}

function header<Row extends TelemetryMessage>(
  who: string,
  text = "Name of the VM, or of the host.",
  madeAtNs = (row: Row): number => row.sentAtNs,
): Column<Row>[] {
  return [
    int64("time_ns", "Model time at which the sender made the row.", madeAtNs),
    string(who, text, (_, subject) => subject),
    int32("source", "Actor number of the sender.", (row) => row.source),
    int32("incarnation", "Of the sender: how often it has started.", (row) => row.incarnation),
    int64(
      "sequence",
      "Counts the sender's messages to the monitor, from 1 in each incarnation; a hole is a lost message.",
      (row) => row.sequence,
    ),
    int64("delivered_at_ns", "Model time at which it reached the monitor.", (row) => row.deliverAtNs),
  ];
}

export const SAMPLES: readonly Column<GuestRow>[] = [
  ...header<GuestRow>("vm", undefined, (row) => row.body.takenAtNs),
  int64(
    "sent_at_ns",
    "Model time at which the VM told the sample: each at its own time of the second that follows.",
    (row) => row.sentAtNs,
  ),
  int64("interval_ns", "Length of the interval that ends here; sums below are over it.", (row) => row.body.intervalNs),
  int32("size_pages", "The VM's memory: the six kinds that follow sum to it exactly.", (row) => row.body.sizePages),
  int32("kernel_pages", "Held by the guest's kernel.", (row) => row.body.kernelPages),
  int32("balloon_pages", "Held by the balloon.", (row) => row.body.balloonPages),
  int32("free_pages", "Free in the guest.", (row) => row.body.freePages),
  int32("anonymous_pages", "Anonymous memory.", (row) => row.body.anonymousPages),
  int32("cache_clean_pages", "Page cache, clean.", (row) => row.body.cacheCleanPages),
  int32("cache_dirty_pages", "Page cache, dirty.", (row) => row.body.cacheDirtyPages),
  int32("swapped_pages", "In the guest's swap.", (row) => row.body.swappedPages),
  int32("untouched_pages", "Never backed by a machine page since boot.", (row) => row.body.untouchedPages),
  int32("host_swapped_pages", "Of the guest's pages, in the host's swap.", (row) => row.body.hostSwappedPages),
  int32("compressed_pages", "Of the guest's pages, in the host's compressed pool.", (row) => row.body.compressedPages),
  int32("held_pages", "Machine pages held: backing its memory, and credit.", (row) => row.body.heldPages),
  int32("shared_pages", "Guest pages on frames that the host shares; not among those held.", (row) => row.body.sharedPages),
  int32("target_pages", "Memory to come to (size minus balloon); 0: no target was set.", (row) => row.body.targetPages),
  string("balloon_state", "The driver: at-target, inflating, backing-off, deflating.", (row) => balloonStateName(row.body.balloonState)),
  double("operations", "Operations of the workload that were done.", (row) => row.body.operations),
  double(
    "unpressed_operations",
    "Those that it would have done with all the memory it asks for: slowdown is this over operations.",
    (row) => row.body.unpressedOperations,
  ),
  double("accesses", "Page accesses.", (row) => row.body.accesses),
  double("file_accesses", "Of those: to files.", (row) => row.body.fileAccesses),
  double("minor_faults", "Faults served without I/O.", (row) => row.body.minorFaults),
  double("major_faults", "Faults that waited for I/O.", (row) => row.body.majorFaults),
  double("swap_in_pages", "Read from the guest's swap.", (row) => row.body.swapInPages),
  double("swap_out_pages", "Written to the guest's swap.", (row) => row.body.swapOutPages),
  double("file_read_pages", "Read from files.", (row) => row.body.fileReadPages),
  double("file_write_pages", "Written back to files.", (row) => row.body.fileWritePages),
  double("host_swap_in_pages", "Of this guest, read back from the host's swap.", (row) => row.body.hostSwapInPages),
  double("stale_read_pages", "Of those, read only to be overwritten.", (row) => row.body.staleReadPages),
  double("decompressed_pages", "Touches that the host's compressed pool served.", (row) => row.body.decompressedPages),
  double("refault_pages", "Missed after they had been reclaimed, without what read-ahead brought.", (row) => row.body.refaultPages),
  double("oom_kills", "By the guest's OOM killer.", (row) => row.body.oomKills),
  int64("psi_some_ns", "Pressure stall time, some (Linux Documentation/accounting/psi.rst).", (row) => row.body.psiSomeNs),
  int64("psi_full_ns", "Pressure stall time, full.", (row) => row.body.psiFullNs),
  int64("stalled_ns", "Mean of the threads' waiting for memory, for reads and for the host.", (row) => row.body.stalledNs),
  int64("link_stall_ns", "Time in which it waited for an answer of the host.", (row) => row.body.linkStallNs),
  int64(
    "blocked_ns",
    "Time in which the host, short of memory, had it stopped until it is down to its target.",
    (row) => row.body.blockedNs,
  ),
  int64("lag_ns", "Wall clock: the worst delay of the guest's own timers.", (row) => row.body.lagNs),
  double("messages_sent", "By this guest.", (row) => row.body.messagesSent),
  double("messages_received", "By this guest.", (row) => row.body.messagesReceived),
  double("messages_refused", "By this guest: stale or doubled.", (row) => row.body.messagesRefused),
  double("messages_missed", "Holes that this guest saw in its peers' sequence numbers.", (row) => row.body.messagesMissed),
  int64("message_latency_ns", "From sending to handling, summed over the messages received.", (row) => row.body.messageLatencyNs),
];

export const HOST: readonly Column<HostRow>[] = [
  ...header<HostRow>("host"),
  int64("interval_ns", "Length of the interval that ends here; sums below are over it.", (row) => row.body.intervalNs),
  int32("host_epoch", "Counts the hypervisor's restarts.", (row) => row.body.hostEpoch),
  string("state", "high, clear, soft, hard, low, or rebuilding after a restart.", (row) => hostStateName(row.body.state)),
  int64(
    "machine_pages",
    "The machine's memory: reserved, resident, shared, pool and free sum to it exactly.",
    (row) => row.body.machinePages,
  ),
  int64("reserved_pages", "The host's own, the overhead of VMs included.", (row) => row.body.reservedPages),
  int64("resident_pages", "Held by VMs.", (row) => row.body.residentPages),
  int64("shared_pages", "Frames that page sharing keeps, each counted once.", (row) => row.body.sharedPages),
  int64("sharing_pages", "Pages of VMs that stand on those frames.", (row) => row.body.sharingPages),
  int64("pool_pages", "Frames of the compressed pool.", (row) => row.body.poolPages),
  int64("pooled_pages", "Pages of VMs in it.", (row) => row.body.pooledPages),
  double("compressed_pages", "Pages of VMs that went into the compressed pool.", (row) => row.body.compressedPages),
  double("decompressed_pages", "Pages that VMs touched there.", (row) => row.body.decompressedPages),
  double("spilled_pages", "Oldest pages of the full pool that went on to the swap: of swap_out_pages.", (row) => row.body.spilledPages),
  int64("free_pages", "Free on the host.", (row) => row.body.freePages),
  int32("leases", "VMs that hold a lease.", (row) => row.body.leases),
  double("swap_in_pages", "Read from the host's swap.", (row) => row.body.swapInPages),
  double("swap_out_pages", "Written to the host's swap.", (row) => row.body.swapOutPages),
  int64("swapped_pages", "In the host's swap.", (row) => row.body.swappedPages),
  double("disk_reads", "Read operations at the shared disk.", (row) => row.body.diskReads),
  double("disk_writes", "Write operations at the shared disk.", (row) => row.body.diskWrites),
  int64("disk_busy_ns", "Busy time summed over the disk's channels.", (row) => row.body.diskBusyNs),
  int64("disk_queue_ns", "Time integral of the number of requests at the disk.", (row) => row.body.diskQueueNs),
  int32("disk_channels", "Requests that the disk serves at the same time.", (row) => row.body.diskChannels),
  double("targets_set", "Balloon targets sent.", (row) => row.body.targetsSet),
  int64("lag_ns", "Wall clock: the worst delay of the host's own timers.", (row) => row.body.lagNs),
  double("messages_sent", "By the host.", (row) => row.body.messagesSent),
  double("messages_received", "By the host.", (row) => row.body.messagesReceived),
  double("messages_refused", "By the host: stale or doubled.", (row) => row.body.messagesRefused),
  double("messages_missed", "Holes that the host saw in its peers' sequence numbers.", (row) => row.body.messagesMissed),
  int64("message_latency_ns", "From sending to handling, summed over the messages received.", (row) => row.body.messageLatencyNs),
];

export const SERVICES: readonly Column<ServiceRow>[] = [
  ...header<ServiceRow>("service", "monitor or conductor."),
  int64("interval_ns", "Length of the interval that ends here.", (row) => row.body.intervalNs),
  int64("lag_ns", "Wall clock: the worst delay of the service's own ticks.", (row) => row.body.lagNs),
];

export const ACTIONS: readonly Column<ActionRow>[] = [
  ...header<ActionRow>("vm"),
  int64("action", "Number of the control action in its host epoch.", (row) => row.body.action),
  int32("from_pages", "The VM's memory (size minus balloon) when it was decided.", (row) => row.body.fromPages),
  int32("target_pages", "Memory to come to.", (row) => row.body.targetPages),
  int32("reached_pages", "Memory that it came to, by its driver's figures.", (row) => row.body.reachedPages),
  {
    name: "completed",
    type: "BOOLEAN",
    text: "The driver said that it is at the target; false: a newer action superseded it before.",
    value: (row) => row.body.completed,
  },
  int64("decided_at_ns", "Model time of the decision.", (row) => row.body.decidedAtNs),
  int64("decide_ns", "From the data used to the decision.", (row) => row.body.decideNs),
  int64("bus_ns", "From the decision to the driver's receipt.", (row) => row.body.busNs),
  int64("driver_ns", "From the receipt to the last page, reclaim apart.", (row) => row.body.driverNs),
  int64("reclaim_ns", "In the guest's reclaim, swap I/O apart.", (row) => row.body.reclaimNs),
  int64("swap_io_ns", "In the swap I/O of that reclaim.", (row) => row.body.swapIoNs),
  int64("acknowledge_ns", "From the last page to the host's knowing it.", (row) => row.body.acknowledgeNs),
  int64("total_ns", "From the data used to the end: the legs' sum where it was completed.", (row) => row.body.totalNs),
];

export const EVENTS: readonly Column<EventRow>[] = [
  ...header<EventRow>("subject"),
  string("kind", "boot, phase, oom-kill, host-state, lease-ended, ledger-rebuilt, fault, link-gap, policy-error, policy-notice.", (row) =>
    eventName(row.body.kind),
  ),
  double(
    "amount",
    "Its figure, where the kind has one; of a fault its duration in nanoseconds, 0 for until the end.",
    (row) => row.body.amount,
  ),
  string("detail", "Its text, where the kind has one.", (row) => row.body.detail),
];

export const LATENCY: readonly Column<LatencyRow>[] = [
  int64("time_ns", "End of the window of time.", (row) => row.toNs),
  int64("from_ns", "Start of the window of time.", (row) => row.fromNs),
  string("vm", "Name of the VM.", (_, subject) => subject),
  int32("source", "Its actor number.", (row) => row.actor),
  string("what", "fault: time of a major fault. operation: time of an operation, from its thinking to its last fault.", (row) => row.what),
  double("low_ns", "Lower bound of the bucket, included.", (row) => row.lowNs),
  double("high_ns", "Upper bound of the bucket, not included.", (row) => row.highNs),
  double(
    "count",
    "How many fell into the bucket; an expected number, so not always whole. Buckets with none have no row.",
    (row) => row.count,
  ),
];
