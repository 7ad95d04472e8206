/** A scenario's faults as orders to actors, one where a fault begins and one where it heals; and as news for the monitor. */
import { type ActorId, CONDUCTOR, MONITOR, type RosterEntry } from "../engine/actor.ts";
import { AerostatError } from "../errors.ts";
import { actorNamed } from "../scenario/roster.ts";
import type { FaultConfig, FaultName, Scenario } from "../scenario/scenario.ts";
import { EventKind, FaultKind, type FaultOrder, type Message } from "../wire/messages.ts";

const KINDS: Readonly<Record<FaultName, number>> = {
  crash: FaultKind.FAULT_KIND_CRASH,
  hang: FaultKind.FAULT_KIND_HANG,
  "driver-stuck": FaultKind.FAULT_KIND_DRIVER_STUCK,
  "driver-missing": FaultKind.FAULT_KIND_DRIVER_MISSING,
  "driver-slow": FaultKind.FAULT_KIND_DRIVER_SLOW,
  "driver-refusing": FaultKind.FAULT_KIND_DRIVER_REFUSING,
  "driver-over-reporting": FaultKind.FAULT_KIND_DRIVER_OVER_REPORTING,
  "driver-under-reporting": FaultKind.FAULT_KIND_DRIVER_UNDER_REPORTING,
  "driver-stale": FaultKind.FAULT_KIND_DRIVER_STALE,
  "driver-deflating": FaultKind.FAULT_KIND_DRIVER_DEFLATING,
  "disk-slow": FaultKind.FAULT_KIND_DISK_SLOW,
  "link-drop": FaultKind.FAULT_KIND_LINK_DROP,
  "link-delay": FaultKind.FAULT_KIND_LINK_DELAY,
  "link-duplicate": FaultKind.FAULT_KIND_LINK_DUPLICATE,
};

export interface ScheduledOrder {
  readonly atNs: number;
  readonly destination: ActorId;
  readonly order: FaultOrder;
  /** Of the conductor's messages: a fault's news, begin and end differ, so that order is total. */
  readonly sequence: number;
}

/** Orders of fault number `fault` (from 1). A fault with duration 0 is not healed. */
export function ordersOf(config: FaultConfig, fault: number, roster: readonly RosterEntry[]): ScheduledOrder[] {
  const destination = actor(config.target, roster);
  const begin: FaultOrder = {
    fault,
    kind: KINDS[config.fault],
    active: true,
    peer: config.peer === undefined ? 0 : actor(config.peer, roster),
    allPeers: config.peer === undefined,
    amount: config.amount,
    delayNs: config.delayNs,
    durationNs: config.durationNs,
  };
  const orders = [{ atNs: config.atNs, destination, order: begin, sequence: 3 * fault - 1 }];
  if (config.durationNs > 0) {
    orders.push({ atNs: config.atNs + config.durationNs, destination, order: { ...begin, active: false }, sequence: 3 * fault });
  }
  return orders;
}

/** A fault order as a message of the conductor's. */
export function orderMessage({ atNs, destination, order, sequence }: ScheduledOrder): Message {
  return { ...fromConductor(atNs, destination, sequence), kind: "faultOrder", body: order };
}

/** Tells the monitor of a fault that begins, before the order: a monitor that is the target still hears it. */
export function newsMessage({ atNs, destination, order, sequence }: ScheduledOrder, roster: readonly RosterEntry[]): Message {
  const name = Object.keys(KINDS).find((each) => KINDS[each as FaultName] === order.kind) ?? "fault";
  const peer = order.allPeers ? "" : ` to ${roster[order.peer]?.name}`;
  const span = order.durationNs === 0 ? "until the end" : `for ${order.durationNs / 1e9} s`;
  return {
    ...fromConductor(atNs, MONITOR, sequence - 1),
    kind: "eventRecord",
    body: { kind: EventKind.EVENT_KIND_FAULT, subject: destination, amount: order.durationNs, detail: `${name}${peer} ${span}` },
  };
}

/** The scenario's whole schedule, in order of time. */
export function faultOrders(scenario: Scenario, roster: readonly RosterEntry[]): ScheduledOrder[] {
  const orders = scenario.faults.flatMap((config, index) => ordersOf(config, index + 1, roster));
  return orders.sort((a, b) => a.atNs - b.atNs || a.sequence - b.sequence);
}

function actor(name: string, roster: readonly RosterEntry[]): ActorId {
  const id = actorNamed(roster, name);
  if (id === undefined) throw new AerostatError("AERO_E_INPUT", `there is no actor "${name}" in this run to be hit by a fault`);
  return id;
}

function fromConductor(atNs: number, destination: ActorId, sequence: number) {
  return { source: CONDUCTOR, incarnation: 1, destination, sequence, sentAtNs: atNs, deliverAtNs: atNs };
}
