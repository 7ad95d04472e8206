/**
 * A process that hosts actors: it connects, registers, and lives (life.ts) until the run is over or it is told to leave. The
 * services differ in the actors that they bring and in what they do at the end.
 */
import { randomBytes } from "node:crypto";
import { connectNats, type NatsOptions } from "../bus/nats.ts";
import type { Bus } from "../bus/port.ts";
import { Refusals } from "../bus/refusals.ts";
import { Subjects } from "../bus/subjects.ts";
import { Identity } from "../keys/identity.ts";
import type { Logger } from "../logging.ts";
import type { Company } from "./company.ts";
import { type Applicant, type Enrolment, registered } from "./enrol.ts";
import { Life } from "./life.ts";

export interface FederateOptions {
  readonly role: "guest" | "hypervisor" | "monitor";
  readonly run: string;
  readonly nats: NatsOptions;
  readonly version: string;
  readonly log: Logger;
  /** How many actors of its role the process can host. Default 1. */
  readonly capacity?: number;
  /** Wall clock: a crash is SIGKILL and a hang SIGSTOP to this process, if it hosts one actor. Default true. */
  readonly realFaults?: boolean;
  /** How long to look for a conductor, and to bear its silence later. Default 120 s and 30 s. */
  readonly registerLimitMs?: number;
  readonly conductorLimitMs?: number;
  /** Makes the process leave, in good order. An AerostatError as its reason says that the run is over with it. */
  readonly signal?: AbortSignal;
  /** How long it then waits for the end of the run, which may be what the signal was for. Default 0. */
  readonly lingerMs?: number;
  readonly open: (enrolment: Enrolment) => Company | Promise<Company>;
  /** Makes a connection; default: over NATS. */
  readonly connect?: (purpose: Purpose, access: NatsOptions) => Promise<Bus>;
}

export type Purpose = "control" | "telemetry";

const REGISTER_LIMIT_MS = 120_000;

/** Resolves when the run is over or the signal came; throws AerostatError for what went wrong. */
export async function runFederate(options: FederateOptions): Promise<void> {
  const { role, run, nats, log, version, signal, capacity = 1, realFaults = true } = options;
  const refusals = new Refusals((text) => log.warn(text));
  const named = (purpose: Purpose) => ({ signal, onDenied: refusals.denied, name: `aerostat ${role} ${purpose} ${run}` });
  const connect = options.connect ?? ((purpose, access) => connectNats({ ...access, ...named(purpose) }));
  const identity = new Identity();
  let bus = await connect("control", nats);
  try {
    const applicant: Omit<Applicant, "bus"> = {
      userKey: identity.publicKey,
      subjects: new Subjects(run),
      refusals,
      log,
      role,
      process: `${role}-${process.pid}-${randomBytes(4).toString("hex")}`,
      version,
      capacity,
      realFaults,
      limitMs: options.registerLimitMs ?? REGISTER_LIMIT_MS,
      signal,
    };
    const registration = await registered({ ...applicant, bus });
    if (registration === undefined) return;
    // With the lease come rights of the process's own: from here on it speaks with those.
    const access = registration.rights === "" ? nats : { ...nats, rights: identity.rights(registration.rights) };
    if (access !== nats) bus = await bus.close().then(() => connect("control", access));
    await new Life({ ...options, connect: (purpose) => connect(purpose, access) }, { ...applicant, bus }).live(registration);
  } finally {
    await bus.flush().catch(() => undefined);
    await bus.close();
  }
}
