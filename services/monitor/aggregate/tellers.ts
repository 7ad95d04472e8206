/** Who may tell the monitor what: everybody speaks for itself, and the host also of its VMs. */
import { CONDUCTOR, HYPERVISOR, MONITOR } from "../../../lib/engine/actor.ts";
import { EventKind, type EventRecord } from "../../../lib/wire/messages.ts";
import type { TelemetryKind, TelemetryMessage } from "./aggregator.ts";

type Teller = "conductor" | "monitor" | "host" | "vm";

const KINDS: Readonly<Record<TelemetryKind, readonly Teller[]>> = {
  guestSample: ["vm"],
  hostSample: ["host"],
  controlAction: ["host"],
  eventRecord: ["conductor", "host", "vm"],
  serviceSample: ["monitor"],
};

const EVENTS: Readonly<Record<number, readonly Teller[]>> = {
  [EventKind.EVENT_KIND_BOOT]: ["vm"],
  [EventKind.EVENT_KIND_PHASE]: ["vm"],
  [EventKind.EVENT_KIND_OOM_KILL]: ["vm"],
  [EventKind.EVENT_KIND_HOST_STATE]: ["host"],
  // Either end of a lease sees its end, the other may be gone.
  [EventKind.EVENT_KIND_LEASE_ENDED]: ["host", "vm"],
  [EventKind.EVENT_KIND_LEDGER_REBUILT]: ["host"],
  [EventKind.EVENT_KIND_FAULT]: ["conductor"],
  [EventKind.EVENT_KIND_LINK_GAP]: ["host"],
  [EventKind.EVENT_KIND_POLICY_ERROR]: ["host"],
  [EventKind.EVENT_KIND_POLICY_NOTICE]: ["host"],
};

function tellerOf(source: number): Teller {
  if (source === CONDUCTOR) return "conductor";
  if (source === MONITOR) return "monitor";
  return source === HYPERVISOR ? "host" : "vm";
}

/** Whether the message is its sender's to send. */
export function mayTell({ kind, source, body }: TelemetryMessage): boolean {
  const teller = tellerOf(source);
  if (!KINDS[kind].includes(teller)) return false;
  if (kind !== "eventRecord") return true;
  const { kind: event, subject } = body as EventRecord;
  return EVENTS[event]?.includes(teller) === true && (teller !== "vm" || subject === source);
}
