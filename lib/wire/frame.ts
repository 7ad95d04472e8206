/**
 * Frames: what every message on the bus is wrapped in (proto/aerostat/v1/frame.proto).
 *
 * Opening one never throws: a frame that can not be used gives a named refusal, so that a bad peer is counted and not crashed on.
 */
import { crc32 } from "node:zlib";
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

/** Largest message on the bus: half of what a NATS server takes by default. */
export const MAX_FRAME_BYTES = 512 * 1024;

export const REFUSALS = [
  "malformed",
  "unknown",
  "oversized",
  "out-of-range",
  "wrong-contract",
  "wrong-run",
  "wrong-sender",
  "stale",
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** Why bytes are not a message. A class of its own: a message may have a field of any name. */
export class Refusal {
  readonly refused: RefusalReason;
  readonly #nominal = true;

  constructor(reason: RefusalReason) {
    this.refused = reason;
  }

  static is(value: object): value is Refusal {
    return #nominal in value;
  }
}

const REFUSAL = new Map(REFUSALS.map((reason) => [reason, new Refusal(reason)]));

export function refuse(reason: RefusalReason): Refusal {
  return REFUSAL.get(reason) as Refusal;
}

export function isRefusal(value: object): value is Refusal {
  return Refusal.is(value);
}

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

export function seal(type: number, payload: Uint8Array, contract = CONTRACT): Uint8Array {
  return FRAME.encode({ contract, type, checksum: crc32(payload), payload }).finish();
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
  let frame: Opened & { readonly checksum: number };
  try {
    frame = FRAME.decode(bytes) as Opened & { readonly checksum: number };
  } catch {
    return refuse("malformed");
  }
  const { type, contract, payload, checksum } = frame;
  if (crc32(payload) !== checksum || contract === 0) return refuse("malformed");
  if (contract !== CONTRACT && !REGISTRY.has(type)) return refuse("wrong-contract");
  return frame;
}

export function encodeControl<K extends Control>(name: K, message: Controls[K]): Uint8Array {
  const { frame, codec } = CONTROLS[name];
  const bytes = seal(frame, codec.encode(message as object).finish());
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
