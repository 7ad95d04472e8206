/**
 * Everything the monitor knows of a run, from the telemetry it was sent. Pure: live on the bus, in virtual time and in
 * replay of a journal, the same messages give the same aggregates.
 */
import { FIRST_GUEST, MONITOR } from "../../../lib/engine/actor.ts";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { LAST_BUCKET } from "../../../lib/histogram.ts";
import { rosterOf } from "../../../lib/scenario/roster.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { EventKind, type GuestSample, type Histogram, type Kind, type Message } from "../../../lib/wire/messages.ts";
import { Allowance } from "./allowance.ts";
import { ControlAggregate } from "./control.ts";
import { EventLog } from "./events.ts";
import { KnownFaults } from "./faults.ts";
import { GapLedger } from "./gaps.ts";
import { GuestAggregate } from "./guest.ts";
import { HostAggregate } from "./host.ts";
import { LagAggregate } from "./lag.ts";
import { newHistogram, type Percentiles, percentilesIn } from "./percentiles.ts";
import { phaseAt, type Window, windowsOf } from "./phases.ts";
import { mayTell } from "./tellers.ts";

/** What the monitor is told. */
export const TELEMETRY = ["guestSample", "hostSample", "controlAction", "eventRecord", "serviceSample"] as const satisfies readonly Kind[];
export type TelemetryKind = (typeof TELEMETRY)[number];
export type TelemetryMessage = Extract<Message, { kind: TelemetryKind }>;

export function isTelemetry(message: Message): message is TelemetryMessage {
  return (TELEMETRY as readonly string[]).includes(message.kind);
}

/** Host and VMs tell a sample each `sampleNs`: who has not for two of them is silent. */
const SILENT_SAMPLES = 2;

export class Aggregator {
  readonly scenario: Scenario;
  readonly phases: readonly Window[];
  /** In roster order: guest i is actor FIRST_GUEST + i. */
  readonly guests: readonly GuestAggregate[];
  readonly host: HostAggregate;
  readonly control = new ControlAggregate();
  readonly events = new EventLog();
  readonly faults: KnownFaults;
  readonly lag = new LagAggregate();
  readonly gaps: GapLedger;
  /** Names of actors by number. */
  readonly names: readonly string[];
  readonly #messages: Record<TelemetryKind, number> = { guestSample: 0, hostSample: 0, controlAction: 0, eventRecord: 0, serviceSample: 0 };
  readonly #latency = newHistogram();
  readonly #allowance: Allowance;
  #nowNs = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.phases = windowsOf(scenario);
    this.faults = new KnownFaults(scenario.faults);
    this.guests = scenario.guests.map((guest) => new GuestAggregate(guest, this.phases.length));
    this.host = new HostAggregate(this.phases.length);
    this.names = rosterOf(scenario).map((entry) => entry.name);
    this.gaps = new GapLedger(this.names.length);
    this.#allowance = new Allowance(scenario);
  }

  /** Delivery time of the newest message. */
  get nowNs(): number {
    return this.#nowNs;
  }

  get messages(): Readonly<Record<TelemetryKind, number>> {
    return this.#messages;
  }

  get messagesTaken(): number {
    return TELEMETRY.reduce((sum, kind) => sum + this.#messages[kind], 0);
  }

  /** Telemetry's own time on the way; null before the first message. */
  get telemetryLatency(): Percentiles | null {
    return percentilesIn(this.#latency);
  }

  /** For how long an actor has not been heard at `nowNs`; 0 where that is less than it need be. Before its boot nobody expects it. */
  silentNs(actor: number, nowNs: number): number {
    const heardAtNs = this.gaps.sources[actor]?.heardAtNs ?? 0;
    const quietNs = nowNs - Math.max(heardAtNs, this.scenario.guests[actor - FIRST_GUEST]?.bootNs ?? 0);
    return quietNs > SILENT_SAMPLES * this.scenario.sampleNs ? quietNs : 0;
  }

  guest(actor: number): GuestAggregate | undefined {
    return this.guests[actor - FIRST_GUEST];
  }

  /** Messages missing before this one; -1 where it is refused: stale, doubled, not its sender's, too many, or no sample that can be. */
  admit(message: TelemetryMessage): number {
    const isSound = mayTell(message) && (message.kind !== "guestSample" || isSample(message));
    if (!isSound || !this.#allowance.admits(message)) return this.gaps.refuse(message.source);
    const missing = this.gaps.admit(message);
    if (missing >= 0) this.#allowance.note(message);
    return missing;
  }

  /** Adds an admitted message. */
  take(message: TelemetryMessage): void {
    this.#messages[message.kind]++;
    this.#nowNs = Math.max(this.#nowNs, message.deliverAtNs);
    this.#latency.recordValue(Math.max(0, message.deliverAtNs - message.sentAtNs));
    const atNs = message.sentAtNs;
    switch (message.kind) {
      case "guestSample":
        this.lag.take("guest", message.body.lagNs);
        this.guest(message.source)?.take(message.body, phaseAt(this.phases, message.body.takenAtNs, message.body.intervalNs));
        return;
      case "hostSample":
        this.lag.take("hypervisor", message.body.lagNs);
        this.host.take(message.body, atNs, phaseAt(this.phases, atNs, message.body.intervalNs));
        return;
      case "controlAction":
        this.control.take(message.body);
        return;
      case "eventRecord":
        this.#event(message);
        return;
      case "serviceSample":
        this.lag.take(message.body.service === MONITOR ? "monitor" : "conductor", message.body.lagNs);
    }
  }

  digest(hasher: Hasher): void {
    for (const guest of this.guests) guest.digest(hasher);
    this.host.digest(hasher);
    this.control.digest(hasher);
    this.events.digest(hasher);
    this.gaps.digest(hasher);
  }

  #event(message: TelemetryMessage & { kind: "eventRecord" }): void {
    const { body } = message;
    this.events.take(body, message.sentAtNs, message.incarnation, this.names[body.subject] ?? `actor ${body.subject}`);
    // Injected faults are not in the scenario; the amount is how long one lasts.
    if (body.kind === EventKind.EVENT_KIND_FAULT) this.faults.take(message.sentAtNs, body.amount);
    const guest = this.guest(body.subject);
    if (guest !== undefined && body.kind === EventKind.EVENT_KIND_BOOT) guest.boots++;
  }
}

/** Taken before it is told, with latencies that can be. */
function isSample({ sentAtNs, body }: TelemetryMessage & { kind: "guestSample" }): boolean {
  return body.takenAtNs <= sentAtNs && hasLatencies(body);
}

/** A bucket has its place in an array, and one out of any order or range would make that as large as it says. */
function hasLatencies({ faultLatency, operationLatency }: GuestSample): boolean {
  return isHistogram(faultLatency) && isHistogram(operationLatency);
}

function isHistogram(histogram: Histogram | null): boolean {
  if (histogram === null) return true;
  const { bucket, count } = histogram;
  return bucket.length === count.length && bucket.every((each, i) => each <= LAST_BUCKET && (i === 0 || each > (bucket[i - 1] as number)));
}
