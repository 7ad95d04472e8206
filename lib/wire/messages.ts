/**
 * Messages as actors see them: plain objects whose types come from proto/aerostat/v1.
 *
 * In one process they travel as they are; between processes lib/wire/codec.ts turns them into an Envelope and back.
 */
import type { Bodies } from "./generated/schema.ts";

export * from "./generated/schema.ts";

/** Name of a payload in the Envelope's oneof. */
export type Kind = keyof Bodies;
export type Body<K extends Kind> = Bodies[K];

interface Header {
  readonly source: number;
  /** Of the source. */
  readonly incarnation: number;
  readonly destination: number;
  /** Counts messages from this source to this destination, from 1. */
  readonly sequence: number;
  readonly sentAtNs: number;
  readonly deliverAtNs: number;
}

export type Message = { [K in Kind]: Header & { readonly kind: K; readonly body: Readonly<Body<K>> } }[Kind];

/** Version of the contract in proto/: registration refuses a process that speaks another. */
export const CONTRACT = 14;

/**
 * Kinds whose receipt never makes the receiver send or set a timer, so they do not bound the lookahead of the virtual
 * clock (docs/time.md). The kernel asserts it.
 */
export const SILENT: ReadonlySet<Kind> = new Set<Kind>([
  "stepDemand",
  "stepGrant",
  "driverStats",
  "accessSample",
  "balloonReport",
  "guestSample",
  "hostSample",
  "controlAction",
  "eventRecord",
  "serviceSample",
]);
