/** The run's timeline: events worth a line of their own, and counts of all. */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { EventKind, type EventRecord } from "../../../lib/wire/messages.ts";

export interface TimelineEvent {
  readonly atNs: number;
  readonly kind: EventName;
  /** The actor that it is about, and its name. */
  readonly subject: number;
  readonly name: string;
  readonly amount: number;
  readonly detail: string;
}

/** Of EventKind in proto/aerostat/v1/telemetry.proto, by number. */
export const EVENT_NAMES = [
  "unspecified",
  "boot",
  "phase",
  "oom-kill",
  "host-state",
  "lease-ended",
  "ledger-rebuilt",
  "fault",
  "link-gap",
  "policy-error",
  "policy-notice",
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export function eventName(kind: number): EventName {
  return EVENT_NAMES[kind] ?? "unspecified";
}

/** Lines of one kind beyond this many are counted, not kept; events.parquet has them all. */
const MOST_LINES = 512;

const MOST_DETAIL = 1_000;

/** The event with a text of at most 1,000 characters: a VM may say anything, and a policy's error may be of any length. */
export function brief(event: EventRecord): EventRecord {
  // Not a slice alone: that would keep the whole alive.
  return event.detail.length > MOST_DETAIL ? { ...event, detail: Array.from(event.detail.slice(0, MOST_DETAIL)).join("") } : event;
}

export class EventLog {
  readonly #counts = new Float64Array(EVENT_NAMES.length);
  readonly #kept = new Float64Array(EVENT_NAMES.length);
  readonly #lines: TimelineEvent[] = [];

  /** `incarnation` is the sender's: a first boot is no news, a later one is. */
  take(event: EventRecord, atNs: number, incarnation: number, name: string): void {
    const slot = event.kind < this.#counts.length ? event.kind : 0;
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    const routine = event.kind === EventKind.EVENT_KIND_PHASE || (event.kind === EventKind.EVENT_KIND_BOOT && incarnation === 1);
    if (routine || (this.#kept[slot] as number) >= MOST_LINES) return;
    this.#kept[slot] = (this.#kept[slot] as number) + 1;
    this.#lines.push({ atNs, kind: eventName(event.kind), subject: event.subject, name, amount: event.amount, detail: event.detail });
  }

  count(name: EventName): number {
    return this.#counts[EVENT_NAMES.indexOf(name)] as number;
  }

  /** Kinds that happened, with how often. */
  counts(): Readonly<Partial<Record<EventName, number>>> {
    return Object.fromEntries(EVENT_NAMES.map((name) => [name, this.count(name)] as const).filter(([, count]) => count > 0));
  }

  get lines(): readonly TimelineEvent[] {
    return this.#lines;
  }

  digest(hasher: Hasher): void {
    for (const count of this.#counts) hasher.number(count);
  }
}
