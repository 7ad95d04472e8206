/**
 * The monitor's actor: admits telemetry, has it recorded, aggregates it, and checks the invariants that span actors.
 *
 * It only listens: it never sends, and sets no timer.
 */
import type { Actor, ActorFactory, ActorId, Context } from "../../lib/engine/actor.ts";
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { Message } from "../../lib/wire/messages.ts";
import { Aggregator, isTelemetry, type TelemetryMessage } from "./aggregate/aggregator.ts";
import { brief } from "./aggregate/events.ts";
import { Invariants } from "./invariants.ts";
import type { Recorder } from "./recorder.ts";

export type MonitorFactory = ActorFactory & { readonly aggregator: Aggregator };

/**
 * The aggregates belong to the factory, not to one incarnation: they follow from the run's record alone, and a
 * restarted monitor has that record (on the wall clock it replays its journal into `aggregator`).
 */
export function monitorFactory(scenario: Scenario, recorder: Recorder, aggregator = new Aggregator(scenario)): MonitorFactory {
  const invariants = new Invariants(scenario, aggregator.faults);
  return Object.assign(() => new Monitor(aggregator, invariants, recorder), { aggregator });
}

class Monitor implements Actor {
  readonly #aggregator: Aggregator;
  readonly #invariants: Invariants;
  readonly #recorder: Recorder;
  /** By source: messages that the link says are missing before the one that comes next. */
  readonly #told = new Map<ActorId, number>();

  constructor(aggregator: Aggregator, invariants: Invariants, recorder: Recorder) {
    this.#aggregator = aggregator;
    this.#invariants = invariants;
    this.#recorder = recorder;
  }

  start(): void {}

  wake(): void {}

  missed(source: ActorId, count: number): void {
    this.#told.set(source, count);
  }

  receive(sent: Message, { nowNs }: Context): void {
    if (!isTelemetry(sent)) return;
    const message = taken(sent, nowNs);
    const told = this.#told.get(message.source) ?? 0;
    this.#told.delete(message.source);
    const missing = this.#aggregator.admit(message);
    if (missing < 0) return;
    // First on record, then judged: the message that breaks an invariant is the one to look at.
    this.#recorder.record(message);
    this.#aggregator.take(message);
    this.#invariants.gapsKnown(message, told, missing, this.#aggregator.gaps);
    this.#invariants.check(message);
  }

  digest(hasher: Hasher): void {
    this.#aggregator.digest(hasher);
  }
}

/** The message as it goes on record. On the wall clock it is due at its link's latency, and comes when the bus brings it. */
function taken(sent: TelemetryMessage, nowNs: number): TelemetryMessage {
  const message = sent.deliverAtNs === nowNs ? sent : { ...sent, deliverAtNs: nowNs };
  return message.kind === "eventRecord" ? { ...message, body: brief(message.body) } : message;
}
