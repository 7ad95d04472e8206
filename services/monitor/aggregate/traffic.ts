/** Messages of some actors on the bus: how many, how often, and how long they took. */
import type { GuestSample } from "../../../lib/wire/messages.ts";
import { perSecond } from "./flow.ts";

type TrafficSample = Pick<
  GuestSample,
  "intervalNs" | "messagesSent" | "messagesReceived" | "messagesRefused" | "messagesMissed" | "messageLatencyNs"
>;

export class Traffic {
  spanNs = 0;
  sent = 0;
  received = 0;
  refused = 0;
  missed = 0;
  latencyNs = 0;

  add(sample: TrafficSample): void {
    this.spanNs += sample.intervalNs;
    this.sent += sample.messagesSent;
    this.received += sample.messagesReceived;
    this.refused += sample.messagesRefused;
    this.missed += sample.messagesMissed;
    this.latencyNs += sample.messageLatencyNs;
  }
}

export interface TrafficSummary {
  readonly sent: number;
  readonly sentPerS: number;
  readonly received: number;
  /** Stale or doubled. */
  readonly refused: number;
  /** Holes in the sequence numbers of their peers. */
  readonly missed: number;
  /** From sending to handling, mean over what was received; null where nothing was. */
  readonly latencyMeanNs: number | null;
}

/** Of several actors together. */
export function trafficOf(actors: readonly Traffic[]): TrafficSummary {
  const sum = (figure: keyof Traffic & string): number => actors.reduce((total, each) => total + (each[figure] as number), 0);
  const [sent, received] = [sum("sent"), sum("received")];
  const spanNs = Math.max(0, ...actors.map((each) => each.spanNs));
  return {
    sent,
    sentPerS: perSecond(sent, spanNs),
    received,
    refused: sum("refused"),
    missed: sum("missed"),
    latencyMeanNs: received > 0 ? sum("latencyNs") / received : null,
  };
}
