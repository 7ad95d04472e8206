/**
 * The windows of the virtual clock on the wire: WindowGrant and WindowDone of proto/aerostat/v1/clock.proto.
 *
 * Written by hand over protobufjs' reader and writer, because both carry envelopes through the conductor, who only has to
 * know where each goes and when: an embedded message and a byte string look the same on the wire, so he takes them as
 * bytes and hands them on unopened. A test holds this file and the generated code together.
 */
import protobuf from "protobufjs/minimal.js";
import { finishFrame, MAX_FRAME_BYTES, type Opened, type Refusal, refuse, startFrame } from "./frame.ts";
import { FrameType } from "./generated/schema.ts";
import { KIND_NUMBER, KINDS, type Kind } from "./messages.ts";

const { Reader } = protobuf;

/** What a frame's and a batch's own fields take at most, and what a length prefix takes. */
const HEADER_BYTES = 4096;
const PREFIX_BYTES = 8;
const BATCH_BYTES = MAX_FRAME_BYTES - HEADER_BYTES;
/** Parts of one batch, 128 MiB together: whoever puts it together makes room for as many as it says that it has. */
export const MAX_PARTS = 256;
/** An error text is cut to this, to keep the header's bound. */
const MAX_ERROR = 1000;

export interface Grant {
  readonly epoch: number;
  readonly window: number;
  readonly horizonNs: number;
  readonly envelopes: readonly Uint8Array[];
  readonly part: number;
  readonly parts: number;
}

export interface Done {
  readonly epoch: number;
  readonly window: number;
  readonly envelopes: readonly Uint8Array[];
  /** Infinity: nothing to do. */
  readonly nextEventNs: number;
  readonly earliestEmissionNs: number;
  readonly eventsRun: number;
  readonly part: number;
  readonly parts: number;
  /** "CODE: message" of a failed process. */
  readonly error: string;
}

const NONE: readonly (readonly Uint8Array[])[] = [[]];

/** Cuts envelopes into batches that fit a frame, MAX_PARTS at most; one empty batch for none. */
export function cut(envelopes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  if (envelopes.length === 0) return NONE;
  const batches: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const envelope of envelopes) {
    const size = envelope.length + PREFIX_BYTES;
    if (size > BATCH_BYTES) throw new RangeError(`an envelope of ${envelope.length} bytes is above the limit of ${BATCH_BYTES}`);
    if (bytes + size > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    bytes += size;
    (batches[batches.length - 1] as Uint8Array[]).push(envelope);
  }
  if (batches.length > MAX_PARTS) throw new RangeError(`envelopes for ${batches.length} frames are above the limit of ${MAX_PARTS}`);
  return batches;
}

export function encodeGrant(grant: Omit<Grant, "part" | "parts">): Uint8Array[] {
  const batches = cut(grant.envelopes);
  return batches.map((batch, part) => {
    const writer = startFrame(FrameType.FRAME_TYPE_WINDOW_GRANT);
    writer.uint32(9).double(grant.epoch).uint32(17).double(grant.window).uint32(25).double(grant.horizonNs);
    for (const envelope of batch) writer.uint32(34).bytes(envelope);
    writer.uint32(40).uint32(part).uint32(48).uint32(batches.length);
    return finishFrame(writer);
  });
}

export function encodeDone(done: Omit<Done, "part" | "parts">): Uint8Array[] {
  const batches = cut(done.envelopes);
  return batches.map((batch, part) => {
    const writer = startFrame(FrameType.FRAME_TYPE_WINDOW_DONE);
    writer.uint32(9).double(done.epoch).uint32(17).double(done.window);
    for (const envelope of batch) writer.uint32(26).bytes(envelope);
    writer.uint32(33).double(orMinusOne(done.nextEventNs)).uint32(41).double(orMinusOne(done.earliestEmissionNs));
    writer.uint32(49).double(done.eventsRun).uint32(56).uint32(part).uint32(64).uint32(batches.length);
    if (done.error !== "") writer.uint32(74).string(done.error.slice(0, MAX_ERROR));
    return finishFrame(writer);
  });
}

const orMinusOne = (timeNs: number): number => (timeNs === Number.POSITIVE_INFINITY ? -1 : timeNs);
const orInfinity = (timeNs: number): number => (timeNs === -1 ? Number.POSITIVE_INFINITY : timeNs);
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isPart = (part: number, parts: number): boolean => part < parts && parts <= MAX_PARTS;
const isTime = (timeNs: number): boolean => timeNs === Number.POSITIVE_INFINITY || isCount(timeNs);

export function readGrant(opened: Opened): Grant | Refusal {
  if (opened.type !== FrameType.FRAME_TYPE_WINDOW_GRANT) return refuse("unknown");
  const envelopes: Uint8Array[] = [];
  let epoch = 0;
  let window = 0;
  let horizonNs = 0;
  let part = 0;
  let parts = 0;
  try {
    const reader = new Reader(opened.payload);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 34) envelopes.push(reader.bytes());
      else if (tag === 9) epoch = reader.double();
      else if (tag === 17) window = reader.double();
      else if (tag === 25) horizonNs = reader.double();
      else if (tag === 40) part = reader.uint32();
      else if (tag === 48) parts = reader.uint32();
      else reader.skipType(tag & 7);
    }
  } catch {
    return refuse("malformed");
  }
  if (!isCount(epoch) || !isCount(window) || !isCount(horizonNs) || !isPart(part, parts)) return refuse("out-of-range");
  return { epoch, window, horizonNs, envelopes, part, parts };
}

export function readDone(opened: Opened): Done | Refusal {
  if (opened.type !== FrameType.FRAME_TYPE_WINDOW_DONE) return refuse("unknown");
  const envelopes: Uint8Array[] = [];
  let epoch = 0;
  let window = 0;
  let nextEventNs = 0;
  let earliestEmissionNs = 0;
  let eventsRun = 0;
  let part = 0;
  let parts = 0;
  let error = "";
  try {
    const reader = new Reader(opened.payload);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 26) envelopes.push(reader.bytes());
      else if (tag === 9) epoch = reader.double();
      else if (tag === 17) window = reader.double();
      else if (tag === 33) nextEventNs = orInfinity(reader.double());
      else if (tag === 41) earliestEmissionNs = orInfinity(reader.double());
      else if (tag === 49) eventsRun = reader.double();
      else if (tag === 56) part = reader.uint32();
      else if (tag === 64) parts = reader.uint32();
      else if (tag === 74) error = reader.string();
      else reader.skipType(tag & 7);
    }
  } catch {
    return refuse("malformed");
  }
  const times = isTime(nextEventNs) && isTime(earliestEmissionNs);
  if (!times || !isCount(epoch) || !isCount(window) || !isCount(eventsRun) || !isPart(part, parts)) return refuse("out-of-range");
  return { epoch, window, envelopes, nextEventNs, earliestEmissionNs, eventsRun, part, parts, error };
}

/** What the conductor must know of an envelope that it carries on. */
export interface Label {
  readonly source: number;
  readonly destination: number;
  readonly kind: Kind;
  readonly deliverAtNs: number;
}

/** By tag on the wire. */
const KIND_OF: ReadonlyMap<number, Kind> = new Map(KINDS.map((kind) => [(KIND_NUMBER[kind] << 3) | 2, kind]));

/** Reads the label of an envelope without opening its payload, as decodeEnvelope() will; undefined where it has none. */
export function labelOf(envelope: Uint8Array): Label | undefined {
  let source = 0;
  let destination = 0;
  let deliverAtNs = 0;
  let kind: Kind | undefined;
  try {
    const reader = new Reader(envelope);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 16) source = reader.uint32();
      else if (tag === 32) destination = reader.uint32();
      else if (tag === 57) deliverAtNs = reader.double();
      else reader.skipType(tag & 7);
      kind = KIND_OF.get(tag) ?? kind;
    }
  } catch {
    return undefined;
  }
  if (kind === undefined || !isCount(deliverAtNs)) return undefined;
  return { source, destination, deliverAtNs, kind };
}
