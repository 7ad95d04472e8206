/**
 * Messages between actors as Envelope bytes, and back.
 *
 * A round trip preserves every number exactly. Decoding never throws: what can not be used gives a named refusal.
 */

import { AerostatError } from "../errors.ts";
import { isRefusal, open, PLAIN, type Refusal, refuse, seal, TYPES } from "./frame.ts";
import { FrameType } from "./generated/schema.ts";
import { CHECK, type Kind, type Message } from "./messages.ts";

const ENVELOPE = TYPES.Envelope;

const BODY_TYPES = Object.fromEntries(
  (Object.keys(CHECK) as Kind[]).map((kind) => [kind, TYPES[(kind.charAt(0).toUpperCase() + kind.slice(1)) as keyof typeof TYPES]]),
) as Record<Kind, (typeof TYPES)["Envelope"]>;

interface Wire {
  readonly run: string;
  readonly source: number;
  readonly incarnation: number;
  readonly destination: number;
  readonly sequence: number;
  readonly sentAtNs: number;
  readonly deliverAtNs: number;
  readonly correlation: number;
  /** The oneof's discriminator. */
  readonly payload?: Kind;
}

/**
 * A bare Envelope, as it travels inside a Grant or Done. Throws where the body does not keep to its ranges: the receiver would
 * refuse it, and a run over the bus would differ from one without.
 */
export function encodeEnvelope(run: string, message: Message): Uint8Array {
  const { source, incarnation, destination, sequence, sentAtNs, deliverAtNs, correlation, kind, body } = message;
  if (!(CHECK[kind] as (body: object) => boolean)(body)) {
    throw new AerostatError(
      "AERO_E_ACTOR",
      `actor ${source} sends "${kind}" with a value out of range: ${JSON.stringify(body).slice(0, 1000)}`,
    );
  }
  return ENVELOPE.encode({ run, source, incarnation, destination, sequence, sentAtNs, deliverAtNs, correlation, [kind]: body }).finish();
}

export function decodeEnvelope(run: string, bytes: Uint8Array): Message | Refusal {
  let wire: Wire;
  let body: object;
  try {
    wire = ENVELOPE.decode(bytes) as Wire;
    if (wire.run !== run) return refuse("wrong-run");
    if (wire.payload === undefined || !Object.hasOwn(BODY_TYPES, wire.payload)) return refuse("unknown");
    body = BODY_TYPES[wire.payload].toObject((wire as unknown as Record<Kind, object>)[wire.payload], PLAIN);
  } catch {
    return refuse("malformed");
  }
  const { source, incarnation, destination, sequence, sentAtNs, deliverAtNs, correlation, payload: kind } = wire;
  if (!isTime(sentAtNs) || !isTime(deliverAtNs) || !isTime(correlation) || !isTime(sequence)) return refuse("out-of-range");
  // Only the conductor's orders carry no incarnation of their own; every link counts from 1.
  if (deliverAtNs < sentAtNs || sequence < 1 || incarnation < 1) return refuse("out-of-range");
  if (!(CHECK[kind as Kind] as (body: object) => boolean)(body)) return refuse("out-of-range");
  return { source, incarnation, destination, sequence, sentAtNs, deliverAtNs, correlation, kind, body } as Message;
}

/** A whole number of at least 0 that a double holds exactly. */
function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** An Envelope in a frame of its own, as it travels on an actor's subject. */
export function encodeMessage(run: string, message: Message): Uint8Array {
  return seal(FrameType.FRAME_TYPE_ENVELOPE, encodeEnvelope(run, message));
}

export function decodeMessage(run: string, bytes: Uint8Array): Message | Refusal {
  const opened = open(bytes);
  if (isRefusal(opened)) return opened;
  if (opened.type !== FrameType.FRAME_TYPE_ENVELOPE) return refuse("unknown");
  return decodeEnvelope(run, opened.payload);
}
