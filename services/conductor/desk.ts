/** The conductor's answers to requests: registration, the scenario in parts, heartbeats, status, faults. */
import { MONITOR } from "../../lib/engine/actor.ts";
import { AerostatError } from "../../lib/errors.ts";
import type { Issuer } from "../../lib/keys/authority.ts";
import { leaseRights } from "../../lib/keys/permissions.ts";
import { packScenario } from "../../lib/scenario/pack.ts";
import { type Controls, encodeControl } from "../../lib/wire/frame.ts";
import { CONTRACT, type Registration, type Start, type Status } from "../../lib/wire/messages.ts";
import { awaitedNow, joined } from "./awaited.ts";
import type { Conductor } from "./conductor.ts";
import { injected } from "./injection.ts";
import type { Lease } from "./place.ts";
import type { Verdict } from "./roster.ts";
import { Sparing } from "./sparing.ts";

/** UTF-16 units of a scenario's part: at most three times as many bytes, below the frame's limit. */
const PART_UNITS = 128 * 1024;

/** What the monitor must know of the run's results. */
export interface ResultsPlace {
  /** Folder of the run; empty for none. */
  readonly outDir: string;
  /** The command that repeats the run. */
  readonly command: readonly string[];
}

type Refused = Exclude<Verdict, { readonly lease: Lease }>;

export class Desk {
  readonly #conductor: Conductor;
  /** A signature costs milliseconds: signed anew for everybody who asks again, a hundred processes would have their answers late. */
  readonly #rights = new WeakMap<Lease, Promise<string>>();
  readonly #sparing = new Sparing();
  readonly #results: ResultsPlace;
  readonly #issuer: Issuer | undefined;
  readonly #parts: readonly string[];

  constructor(conductor: Conductor, results: ResultsPlace, issuer: Issuer | undefined) {
    this.#conductor = conductor;
    this.#issuer = issuer;
    this.#results = results;
    const text = packScenario(conductor.options.scenario);
    this.#parts = Array.from({ length: Math.ceil(text.length / PART_UNITS) }, (_, i) => text.slice(i * PART_UNITS, (i + 1) * PART_UNITS));
  }

  async register(message: Controls["register"], nowMs: number): Promise<Uint8Array> {
    const { roster, options } = this.#conductor;
    const verdict = roster.register(message, nowMs);
    const accepted = "lease" in verdict;
    if (accepted) this.#leased(verdict.lease);
    else this.#refused(message, verdict, nowMs);
    const answer: Registration = {
      accepted,
      reason: accepted ? "" : verdict.reason,
      retry: accepted ? false : verdict.retry,
      actors: accepted ? verdict.lease.actors : [],
      incarnations: accepted ? verdict.lease.incarnations : [],
      scenarioParts: this.#parts.length,
      virtualClock: options.virtual,
      speed: options.speed,
      ...this.#results,
      epoch: options.epoch,
      contract: CONTRACT,
      version: options.version,
      rights: accepted ? await this.#rightsOf(verdict.lease) : "",
    };
    return encodeControl("registration", answer);
  }

  #leased({ process, actors }: Lease): void {
    const { roster, options } = this.#conductor;
    options.log.debug({ process, actors: roster.names(actors) }, "a process has its lease");
    joined(this.#conductor, process);
  }

  #refused({ process, role }: Controls["register"], { reason, retry }: Refused, nowMs: number): void {
    const { phase, options } = this.#conductor;
    const { log } = options;
    const text = `a process was refused: ${reason}`;
    // Who comes after the end has done nothing wrong.
    const isOver = phase !== "waiting" && phase !== "running";
    const untold = retry || isOver ? undefined : this.#sparing.admit(nowMs);
    if (untold === undefined) log.debug({ process, role }, text);
    else log.warn({ process, role, ...(untold > 0 ? { untold } : {}) }, text);
  }

  /** Signed for the process's own key, and of no use without it. */
  #rightsOf(lease: Lease): Promise<string> | string {
    if (this.#issuer === undefined) return "";
    const { entries, options } = this.#conductor;
    const { process, actors, userKey } = lease;
    const known = this.#rights.get(lease);
    if (known !== undefined) return known;
    const signed = this.#issuer.issue(process, userKey, leaseRights(options.run, entries, process, actors));
    this.#rights.set(lease, signed);
    // What failed once may not fail again: who asks anew gets a new attempt.
    signed.catch(() => this.#rights.delete(lease));
    return signed;
  }

  /** Undefined where there is no such part. */
  scenario(message: Controls["scenarioRequest"]): Uint8Array | undefined {
    const text = this.#parts[message.part];
    if (text === undefined || message.run !== this.#conductor.options.run) return undefined;
    return encodeControl("scenarioPart", { part: message.part, parts: this.#parts.length, text });
  }

  heartbeat(message: Controls["heartbeat"], nowMs: number): Uint8Array {
    const { roster, options, clock } = this.#conductor;
    const known = message.epoch === options.epoch && roster.heard(message.process, nowMs, message.refused);
    const lagNs = roster.holder(MONITOR)?.process === message.process ? this.#conductor.lag.takeNs() : 0;
    const answer: Start = { epoch: options.epoch, unixMs: clock.zeroMs, speed: options.speed, fenced: !known, lagNs };
    return encodeControl("start", answer);
  }

  status(nowMs: number): Uint8Array {
    const { roster, options, clock, phase } = this.#conductor;
    const { scenario } = options;
    const status: Status = {
      run: options.run,
      scenarioName: scenario.name,
      virtualClock: options.virtual,
      phase,
      nowNs: this.#conductor.nowNs(nowMs),
      endNs: scenario.durationNs,
      window: clock.window,
      processes: roster.leases().map((lease) => ({
        process: lease.process,
        role: lease.role,
        actors: lease.actors,
        names: roster.names(lease.actors),
        incarnations: lease.incarnations,
        version: lease.version,
        pid: lease.pid,
        lastHeardMs: Math.max(0, Math.round(nowMs - lease.heardAtMs)),
        nextEventNs: finiteOr(clock.nextEventNs(lease.process), -1),
        refused: lease.refused,
      })),
      version: options.version,
      waitingFor: awaitedNow(this.#conductor, nowMs),
    };
    return encodeControl("status", status);
  }

  inject(message: Controls["injectRequest"], nowMs: number): Uint8Array {
    try {
      const atNs = injected(this.#conductor, message, nowMs);
      return encodeControl("injectReply", { accepted: true, reason: "", atNs });
    } catch (error) {
      if (!(error instanceof AerostatError)) throw error;
      return encodeControl("injectReply", { accepted: false, reason: error.message, atNs: 0 });
    }
  }
}

function finiteOr(value: number, other: number): number {
  return Number.isFinite(value) ? value : other;
}
