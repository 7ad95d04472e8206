/**
 * Frames: what every message on the bus is wrapped in (proto/aerostat/v1/frame.proto).
 *
 * Opening one never throws: a frame that can not be used gives a named refusal, so that a bad peer is counted and not crashed on.
 */
import type protobuf from "protobufjs/minimal.js";
import { checksumOf } from "./checksum.ts";
import { aerostat } from "./generated/codec.js";
import type * as schema from "./generated/schema.ts";
import {
  checkFinish,
  checkFinished,
  checkHeartbeat,
  checkInjectReply,
  checkInjectRequest,
  checkRegister,
  checkRegistration,
  checkScenarioPart,
  checkScenarioRequest,
  checkStart,
  checkStatus,
  checkStatusRequest,
  FrameType,
} from "./generated/schema.ts";
import { CONTRACT } from "./messages.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { startWriting, written } from "./scratch.ts";

export { isRefusal, Refusal, type RefusalReason, refuse } from "./refusal.ts";

/** Largest message on the bus: half of what a NATS server takes by default. */
export const MAX_FRAME_BYTES = 512 * 1024;

type StaticType = (typeof aerostat.v1)["Envelope"];

export const TYPES = aerostat.v1;

/** Messages that travel alone in a frame, by name. */
export interface Controls {
  register: schema.Register;
  registration: schema.Registration;
  scenarioRequest: schema.ScenarioRequest;
  scenarioPart: schema.ScenarioPart;
  start: schema.Start;
  heartbeat: schema.Heartbeat;
  finish: schema.Finish;
  finished: schema.Finished;
  statusRequest: schema.StatusRequest;
  status: schema.Status;
  injectRequest: schema.InjectRequest;
  injectReply: schema.InjectReply;
}

export type Control = keyof Controls;

interface ControlType<K extends Control> {
  readonly frame: number;
  readonly codec: StaticType;
  readonly check: (message: Controls[K]) => boolean;
}

function typeOf<K extends Control>(frame: number, name: keyof typeof TYPES, check: (message: Controls[K]) => boolean): ControlType<K> {
  return { frame, codec: TYPES[name], check };
}

const CONTROLS: { readonly [K in Control]: ControlType<K> } = {
  register: typeOf(FrameType.FRAME_TYPE_REGISTER, "Register", checkRegister),
  registration: typeOf(FrameType.FRAME_TYPE_REGISTRATION, "Registration", checkRegistration),
  scenarioRequest: typeOf(FrameType.FRAME_TYPE_SCENARIO_REQUEST, "ScenarioRequest", checkScenarioRequest),
  scenarioPart: typeOf(FrameType.FRAME_TYPE_SCENARIO_PART, "ScenarioPart", checkScenarioPart),
  start: typeOf(FrameType.FRAME_TYPE_START, "Start", checkStart),
  heartbeat: typeOf(FrameType.FRAME_TYPE_HEARTBEAT, "Heartbeat", checkHeartbeat),
  finish: typeOf(FrameType.FRAME_TYPE_FINISH, "Finish", checkFinish),
  finished: typeOf(FrameType.FRAME_TYPE_FINISHED, "Finished", checkFinished),
  statusRequest: typeOf(FrameType.FRAME_TYPE_STATUS_REQUEST, "StatusRequest", checkStatusRequest),
  status: typeOf(FrameType.FRAME_TYPE_STATUS, "Status", checkStatus),
  injectRequest: typeOf(FrameType.FRAME_TYPE_INJECT_REQUEST, "InjectRequest", checkInjectRequest),
  injectReply: typeOf(FrameType.FRAME_TYPE_INJECT_REPLY, "InjectReply", checkInjectReply),
};

export const FRAME_OF: { readonly [K in Control]: number } = Object.fromEntries(
  Object.entries(CONTROLS).map(([name, type]) => [name, type.frame]),
) as { [K in Control]: number };

const FRAME = TYPES.Frame;
/** Absent values read as plain zeroes, absent lists as empty ones. */
export const PLAIN = { defaults: true, arrays: true };

/** Where the checksum stands, and the payload's length: before it are the contract and the type, each in one byte of varint. */
const CHECKSUM_AT = 5;
const LENGTH_AT = 10;
/** What a payload's length takes at most, as a varint of MAX_FRAME_BYTES. */
const LENGTH_BITS = 21;

/** A writer for a frame's payload; `finishFrame` makes the frame of it. */
export function startFrame(type: number, contract = CONTRACT): protobuf.Writer {
  return startWriting().uint32(8).uint32(contract).uint32(16).uint32(type).uint32(29).fixed32(0).uint32(34).fork();
}

export function finishFrame(writer: protobuf.Writer): Uint8Array {
  const frame = written(writer.ldelim());
  let at = LENGTH_AT;
  while ((frame[at] as number) > 127) at++;
  const checksum = checksumOf(frame, at + 1);
  for (let i = 0; i < 4; i++) frame[CHECKSUM_AT + i] = checksum >>> (8 * i);
  return frame;
}

export function seal(type: number, payload: Uint8Array, contract = CONTRACT): Uint8Array {
  return FRAME.encode({ contract, type, checksum: checksumOf(payload), payload }).finish();
}

export interface Opened {
  readonly type: number;
  readonly contract: number;
  readonly payload: Uint8Array;
}

const REGISTRY: ReadonlySet<number> = new Set([FrameType.FRAME_TYPE_REGISTER, FrameType.FRAME_TYPE_REGISTRATION]);

/** Checks a frame's size, checksum and contract. Registration crosses contracts, so that skew can be told to the user. */
export function open(bytes: Uint8Array): Opened | Refusal {
  if (bytes.length > MAX_FRAME_BYTES) return refuse("oversized");
  const frame = canonical(bytes) ?? decoded(bytes);
  if (frame === undefined) return refuse("malformed");
  const { type, contract, payload, checksum } = frame;
  if (checksumOf(payload) !== checksum || contract === 0) return refuse("malformed");
  if (contract !== CONTRACT && !REGISTRY.has(type)) return refuse("wrong-contract");
  return frame;
}

interface Sealed extends Opened {
  readonly checksum: number;
}

/** Reads a frame as startFrame lays it out; undefined for any other layout. */
function canonical(bytes: Uint8Array): Sealed | undefined {
  if (bytes[0] !== 8 || bytes[2] !== 16 || bytes[4] !== 29 || bytes[LENGTH_AT - 1] !== 34) return undefined;
  const contract = bytes[1] as number;
  const type = bytes[3] as number;
  if ((contract | type) > 127) return undefined;
  let at = LENGTH_AT;
  let byte = 128;
  let length = 0;
  for (let shift = 0; byte > 127 && shift < LENGTH_BITS; shift += 7) {
    byte = bytes[at++] ?? 128;
    length |= (byte & 127) << shift;
  }
  if (byte > 127 || at + length !== bytes.length) return undefined;
  let checksum = 0;
  for (let i = 3; i >= 0; i--) checksum = (checksum << 8) | (bytes[CHECKSUM_AT + i] as number);
  // Not a Buffer: the messages in it are then read without a call into the runtime.
  return { contract, type, checksum: checksum >>> 0, payload: new Uint8Array(bytes.buffer, bytes.byteOffset + at, length) };
}

function decoded(bytes: Uint8Array): Sealed | undefined {
  try {
    return FRAME.decode(bytes) as Sealed;
  } catch {
    return undefined;
  }
}

export function encodeControl<K extends Control>(name: K, message: Controls[K]): Uint8Array {
  const { frame, codec } = CONTROLS[name];
  const bytes = finishFrame(codec.encode(message as object, startFrame(frame)));
  if (bytes.length > MAX_FRAME_BYTES)
    throw new RangeError(`a ${name} message of ${bytes.length} bytes is above the limit of ${MAX_FRAME_BYTES}`);
  return bytes;
}

/** Reads a frame that must hold a `name` message. */
export function decodeControl<K extends Control>(name: K, bytes: Uint8Array): Controls[K] | Refusal {
  const opened = open(bytes);
  return isRefusal(opened) ? opened : readControl(name, opened);
}

export function readControl<K extends Control>(name: K, opened: Opened): Controls[K] | Refusal {
  const { frame, codec, check } = CONTROLS[name];
  if (opened.type !== frame) return refuse("unknown");
  let message: Controls[K];
  try {
    message = codec.toObject(codec.decode(opened.payload), PLAIN) as Controls[K];
  } catch {
    return refuse("malformed");
  }
  return check(message) ? message : refuse("out-of-range");
}
