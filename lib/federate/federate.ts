/**
 * The life of a process that hosts actors: it connects, registers, runs in the clock that the conductor tells, finishes and
 * leaves. The services differ in the actors that they bring and in what they do at the end.
 */
import { randomBytes } from "node:crypto";
import { connectNats, type NatsOptions } from "../bus/nats.ts";
import type { Bus } from "../bus/port.ts";
import { Refusals } from "../bus/refusals.ts";
import { Subjects } from "../bus/subjects.ts";
import { AerostatError } from "../errors.ts";
import { Identity } from "../keys/identity.ts";
import type { Logger } from "../logging.ts";
import { isRefusal, open, readControl } from "../wire/frame.ts";
import type { Registration } from "../wire/messages.ts";
import type { Company } from "./company.ts";
import { type Applicant, type Enrolment, enrolment as enrolmentOf, registered, withdrawn } from "./enrol.ts";
import { Farewell } from "./farewell.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Member } from "./member.ts";
import { WallMember } from "./wall.ts";
import { WindowMember } from "./window.ts";

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

type Purpose = "control" | "telemetry";

const REGISTER_LIMIT_MS = 120_000;
const CONDUCTOR_LIMIT_MS = 30_000;
const MAX_EARLY = 100;

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
    await new Federate({ ...options, connect: (purpose) => connect(purpose, access) }, { ...applicant, bus }).live(registration);
  } finally {
    await bus.flush().catch(() => undefined);
    await bus.close();
  }
}

type Life = Omit<FederateOptions, "connect"> & { readonly connect: (purpose: Purpose) => Promise<Bus> };

class Federate {
  readonly #options: Life;
  readonly #self: Applicant;
  /** Frames that came before there was anybody to take them. */
  readonly #early: Uint8Array[] = [];
  #take: (data: Uint8Array) => void = (data) => void (this.#early.length < MAX_EARLY && this.#early.push(data));

  constructor(options: Life, self: Applicant) {
    this.#options = options;
    this.#self = self;
  }

  async live(registration: Registration): Promise<void> {
    const { bus, subjects, process: name, log, signal } = this.#self;
    // A grant that went out before is sent again.
    bus.subscribe(subjects.grant(name), ({ data }) => this.#take(data));
    const enrolment = await enrolmentOf(this.#self, registration);
    if (enrolment === undefined) return;
    const telemetry = enrolment.virtual ? undefined : await this.#options.connect("telemetry");
    const company = await this.#options.open(enrolment);
    const farewell = new Farewell({ bus, subject: subjects.done(name), process: name, epoch: enrolment.epoch, company, log });
    const member = this.#memberOf(enrolment, company, telemetry, farewell);
    const heartbeat = this.#heart(member, enrolment, farewell);
    bus.onStatus((status) => {
      log.warn(`the bus is ${status}`);
      if (status === "reconnected") void this.#again(member, enrolment, farewell);
      else if (status === "closed") farewell.giveUp(withdrawn(this.#self));
    });
    let lingering: NodeJS.Timeout | undefined;
    const stopped = (): void => {
      const { reason } = signal as AbortSignal;
      const leave = (): void => void (reason instanceof AerostatError ? farewell.orphan(member, reason) : farewell.interrupt(member));
      lingering = setTimeout(leave, this.#options.lingerMs ?? 0);
    };
    signal?.addEventListener("abort", stopped);
    if (signal?.aborted) stopped();
    this.#take = (data) => this.#handle(data, member, enrolment.epoch, farewell);
    for (const data of this.#early.splice(0)) this.#take(data);
    try {
      await farewell.over;
    } finally {
      signal?.removeEventListener("abort", stopped);
      clearTimeout(lingering);
      heartbeat.stop();
      member.close();
      await telemetry?.close();
      await company.close?.();
    }
  }

  #memberOf(enrolment: Enrolment, company: Company, telemetry: Bus | undefined, farewell: Farewell): Member {
    const { bus, subjects, process: name, refusals, realFaults } = this.#self;
    const shared = { enrolment, cast: company.cast, refusals };
    if (telemetry !== undefined) {
      return new WallMember({ ...shared, control: bus, telemetry, realFaults, onError: (error) => void farewell.tellFailure(error) });
    }
    const subject = subjects.done(name);
    const publish = (frame: Uint8Array): void => bus.publish(subject, frame);
    return new WindowMember({ ...shared, trace: company.trace, publish, onError: (error) => farewell.noteFailure(error) });
  }

  #heart(member: Member, enrolment: Enrolment, farewell: Farewell): Heartbeat {
    const { bus, subjects, process: name, refusals } = this.#self;
    return new Heartbeat({
      bus,
      subject: subjects.heartbeat(name),
      process: name,
      epoch: enrolment.epoch,
      limitMs: this.#options.conductorLimitMs ?? CONDUCTOR_LIMIT_MS,
      nowNs: () => member.nowNs(),
      refused: () => refusals.total,
      onStart: (start) => {
        if (start.fenced || start.epoch !== enrolment.epoch) void this.#again(member, enrolment, farewell);
        else if (start.unixMs > 0) member.start(start);
      },
      onGone: (error) => void farewell.orphan(member, error),
    });
  }

  #handle(data: Uint8Array, member: Member, epoch: number, farewell: Farewell): void {
    const { refusals } = this.#self;
    const opened = open(data);
    if (isRefusal(opened)) {
      refusals.add(opened.refused, "clock.grant");
      return;
    }
    const finish = readControl("finish", opened);
    const start = readControl("start", opened);
    if (!isRefusal(finish)) {
      if (finish.epoch === epoch) void farewell.finish(member, finish);
      else refusals.add("stale", "clock.grant");
    } else if (!isRefusal(start)) {
      if (start.epoch === epoch && start.unixMs > 0) member.start(start);
      else refusals.add("stale", "clock.grant");
    } else {
      const refused = member.take(opened);
      if (refused !== undefined) refusals.add(refused, "clock.grant");
    }
  }

  /** After a break of the bus, or when the conductor no longer knows this process. */
  async #again(member: Member, held: Enrolment, farewell: Farewell): Promise<void> {
    if (farewell.leaving) return;
    try {
      const registration = await registered({ ...this.#self, limitMs: this.#options.conductorLimitMs ?? CONDUCTOR_LIMIT_MS }, held);
      if (registration !== undefined && registration.epoch !== held.epoch) {
        const text = `run "${this.#self.subjects.run}" has another conductor, and with it another beginning`;
        await farewell.orphan(member, new AerostatError("AERO_E_REGISTER", text));
      }
    } catch (error) {
      farewell.giveUp(error);
    }
  }
}
