/**
 * Messages between actors as Envelope bytes, and back.
 *
 * A round trip preserves every number exactly. Decoding never throws: what can not be used gives a named refusal. The envelope's
 * own fields are written and read by hand: every message of a run passes here, and the generated code looks at each of the
 * payload's alternatives in turn. A test holds the two together.
 */
import protobuf from "protobufjs/minimal.js";
import { AerostatError } from "../errors.ts";
import { finishFrame, isRefusal, open, PLAIN, type Refusal, refuse, startFrame, TYPES } from "./frame.ts";
import { FrameType } from "./generated/schema.ts";
import { CHECK, KIND_NUMBER, type Kind, type Message } from "./messages.ts";
import { startWriting, written } from "./scratch.ts";

const { Reader } = protobuf;

interface Payload {
  readonly kind: Kind;
  readonly codec: (typeof TYPES)["Envelope"];
  readonly check: (body: object) => boolean;
  readonly tag: number;
}

function payloadOf(kind: Kind): Payload {
  const codec = TYPES[(kind.charAt(0).toUpperCase() + kind.slice(1)) as keyof typeof TYPES];
  return { kind, codec, check: CHECK[kind] as (body: object) => boolean, tag: (KIND_NUMBER[kind] << 3) | 2 };
}

const PAYLOADS = Object.fromEntries((Object.keys(CHECK) as Kind[]).map((kind) => [kind, payloadOf(kind)])) as Record<Kind, Payload>;
/** By tag on the wire. */
const TAGS: readonly (Payload | undefined)[] = Object.values(PAYLOADS).reduce<Payload[]>((tags, payload) => {
  tags[payload.tag] = payload;
  return tags;
}, []);

/**
 * A bare Envelope, as it travels inside a Grant or Done. Throws where the body does not keep to its ranges: the receiver would
 * refuse it, and a run over the bus would differ from one without.
 */
export function encodeEnvelope(run: string, message: Message): Uint8Array {
  const writer = startWriting();
  writeEnvelope(writer, run, message);
  return written(writer);
}

function writeEnvelope(writer: protobuf.Writer, run: string, message: Message): void {
  const { source, incarnation, destination, sequence, sentAtNs, deliverAtNs, kind, body } = message;
  const { check, tag, codec } = PAYLOADS[kind];
  if (!check(body)) {
    const shown = JSON.stringify(body).slice(0, 1000);
    throw new AerostatError("AERO_E_ACTOR", `actor ${source} sends "${kind}" with a value out of range: ${shown}`);
  }
  if (run !== "") writer.uint32(10).string(run);
  if (source !== 0) writer.uint32(16).uint32(source);
  if (incarnation !== 0) writer.uint32(24).uint32(incarnation);
  if (destination !== 0) writer.uint32(32).uint32(destination);
  if (sequence !== 0) writer.uint32(41).double(sequence);
  if (sentAtNs !== 0) writer.uint32(49).double(sentAtNs);
  if (deliverAtNs !== 0) writer.uint32(57).double(deliverAtNs);
  codec.encode(body, writer.uint32(tag).fork()).ldelim();
}

export function decodeEnvelope(run: string, bytes: Uint8Array): Message | Refusal {
  let itsRun = "";
  let source = 0;
  let incarnation = 0;
  let destination = 0;
  let sequence = 0;
  let sentAtNs = 0;
  let deliverAtNs = 0;
  let payload: Payload | undefined;
  let body: object = {};
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10) itsRun = reader.string();
      else if (tag === 16) source = reader.uint32();
      else if (tag === 24) incarnation = reader.uint32();
      else if (tag === 32) destination = reader.uint32();
      else if (tag === 41) sequence = reader.double();
      else if (tag === 49) sentAtNs = reader.double();
      else if (tag === 57) deliverAtNs = reader.double();
      else if (TAGS[tag] === undefined) reader.skipType(tag & 7);
      else {
        payload = TAGS[tag];
        body = payload.codec.toObject(payload.codec.decode(reader, reader.uint32()), PLAIN);
      }
    }
  } catch {
    return refuse("malformed");
  }
  if (itsRun !== run) return refuse("wrong-run");
  if (payload === undefined) return refuse("unknown");
  if (!isTime(sentAtNs) || !isTime(deliverAtNs) || !isTime(sequence)) return refuse("out-of-range");
  // Every link counts from 1, and so do incarnations.
  if (deliverAtNs < sentAtNs || sequence < 1 || incarnation < 1 || !payload.check(body)) return refuse("out-of-range");
  const { kind } = payload;
  return { source, incarnation, destination, sequence, sentAtNs, deliverAtNs, kind, body } as Message;
}

/** A whole number of at least 0 that a double holds exactly. */
function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** An Envelope in a frame of its own, as it travels on an actor's subject. */
export function encodeMessage(run: string, message: Message): Uint8Array {
  const writer = startFrame(FrameType.FRAME_TYPE_ENVELOPE);
  writeEnvelope(writer, run, message);
  return finishFrame(writer);
}

export function decodeMessage(run: string, bytes: Uint8Array): Message | Refusal {
  const opened = open(bytes);
  if (isRefusal(opened)) return opened;
  if (opened.type !== FrameType.FRAME_TYPE_ENVELOPE) return refuse("unknown");
  return decodeEnvelope(run, opened.payload);
}
