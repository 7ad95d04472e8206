/** What a process does from its lease to its end: it hears the conductor, hosts its actors, and says farewell. */
import type { Bus } from "../bus/port.ts";
import { AerostatError } from "../errors.ts";
import { isRefusal, open, readControl } from "../wire/frame.ts";
import type { Registration } from "../wire/messages.ts";
import type { Company } from "./company.ts";
import { type Applicant, type Enrolment, enrolment as enrolmentOf, registered, withdrawn } from "./enrol.ts";
import { Farewell } from "./farewell.ts";
import type { FederateOptions, Purpose } from "./federate.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Member } from "./member.ts";
import { WallMember } from "./wall.ts";
import { WindowMember } from "./window.ts";

const CONDUCTOR_LIMIT_MS = 30_000;
const MAX_EARLY = 100;

type LifeOptions = Omit<FederateOptions, "connect"> & { readonly connect: (purpose: Purpose) => Promise<Bus> };

export class Life {
  readonly #options: LifeOptions;
  readonly #self: Applicant;
  /** Frames that came before there was anybody to take them. */
  readonly #early: Uint8Array[] = [];
  #take: (data: Uint8Array) => void = (data) => void (this.#early.length < MAX_EARLY && this.#early.push(data));

  constructor(options: LifeOptions, self: Applicant) {
    this.#options = options;
    this.#self = self;
  }

  async live(registration: Registration): Promise<void> {
    const { bus, subjects, process: name } = this.#self;
    // A grant that went out before is sent again.
    bus.subscribe(subjects.grant(name), ({ data }) => this.#take(data));
    const enrolment = await enrolmentOf(this.#self, registration);
    if (enrolment === undefined) return;
    const telemetry = enrolment.virtual ? undefined : await this.#options.connect("telemetry");
    try {
      const company = await this.#options.open(enrolment);
      await this.#play(enrolment, company, telemetry).finally(() => company.close?.());
    } finally {
      await telemetry?.close();
    }
  }

  async #play(enrolment: Enrolment, company: Company, telemetry: Bus | undefined): Promise<void> {
    const { bus, subjects, process: name, log, signal } = this.#self;
    const farewell = new Farewell({ bus, subject: subjects.done(name), process: name, epoch: enrolment.epoch, company, log });
    const member = this.#memberOf(enrolment, company, telemetry, farewell);
    const listening = telemetry?.flush().catch(() => undefined) ?? Promise.resolve();
    const heartbeat = this.#heart(member, enrolment, listening, farewell);
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

  #heart(member: Member, enrolment: Enrolment, listening: Promise<void>, farewell: Farewell): Heartbeat {
    const { bus, subjects, process: name, refusals } = this.#self;
    return new Heartbeat({
      bus,
      subject: subjects.heartbeat(name),
      process: name,
      epoch: enrolment.epoch,
      listening,
      limitMs: this.#options.conductorLimitMs ?? CONDUCTOR_LIMIT_MS,
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
