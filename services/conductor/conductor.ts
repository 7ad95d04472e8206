/**
 * A run's state machine: it waits for the roster, runs, has everybody settle, has everybody leave, and is done.
 *
 * No I/O of its own: main.ts brings the bus and the time.
 */
import { MONITOR, type RosterEntry } from "../../lib/engine/actor.ts";
import { runDigest } from "../../lib/engine/rundigest.ts";
import { AerostatError } from "../../lib/errors.ts";
import { failureOf } from "../../lib/federate/failure.ts";
import { endOf } from "../../lib/federate/run.ts";
import { TickLag } from "../../lib/federate/ticklag.ts";
import { leaseOrder, rosterOf } from "../../lib/scenario/roster.ts";
import { encodeControl, isRefusal, type Opened, type RefusalReason, readControl } from "../../lib/wire/frame.ts";
import type { Finished } from "../../lib/wire/messages.ts";
import type { RunClock } from "./clock.ts";
import { Departure } from "./departure.ts";
import type { ConductorOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { Lease } from "./place.ts";
import { Roster } from "./roster.ts";
import { VirtualClock } from "./virtual.ts";
import { WallClock } from "./wall.ts";

export type Phase = "waiting" | "running" | "settling" | "leaving" | "done";

export class Conductor {
  readonly options: ConductorOptions;
  readonly entries: readonly RosterEntry[];
  readonly roster: Roster;
  /** Of the ticks that move it. */
  readonly lag: TickLag;
  readonly clock: RunClock;
  readonly departure: Departure;
  #phase: Phase = "waiting";
  #beganAtMs = Number.NaN;
  #endedAtNs = 0;
  #complete = true;
  #reason = "";
  #error: AerostatError | undefined;
  #digest = "";

  constructor(options: ConductorOptions) {
    const { scenario, run, version, epoch, expiryMs, send, silentLimitMs, leastGuests = scenario.guests.length } = options;
    this.options = options;
    this.entries = rosterOf(scenario);
    this.lag = new TickLag(options.tickMs);
    const queue = { entries: this.entries, order: leaseOrder(scenario), leastGuests };
    this.roster = new Roster({ ...queue, run, version, epoch, expiryMs, onEnd: options.onLeaseEnd });
    const shared = { ...options, entries: this.entries, roster: this.roster };
    this.clock = options.virtual ? new VirtualClock(shared) : new WallClock(shared);
    this.departure = new Departure({ send, limitMs: silentLimitMs, expiryMs: options.virtual ? undefined : expiryMs });
  }

  get phase(): Phase {
    return this.#phase;
  }

  nowNs(nowMs: number): number {
    return this.#phase === "waiting" || this.#phase === "running" ? this.clock.nowNs(nowMs) : this.#endedAtNs;
  }

  /** Several times a second. */
  tick(nowMs: number): void {
    this.lag.tick(nowMs);
    if (Number.isNaN(this.#beganAtMs)) this.#beganAtMs = nowMs;
    try {
      if (this.#phase === "waiting") this.#gather(nowMs);
      if (this.#phase === "running") this.clock.tick(nowMs);
    } catch (error) {
      this.fail(error, nowMs);
    }
    this.advance(nowMs);
  }

  /** Moves on to the next phase where the present one has nothing left to wait for. */
  advance(nowMs: number): void {
    if (this.#phase === "running" && this.clock.over(nowMs)) this.#settle(nowMs);
    if (this.#phase === "settling" && this.departure.settled(nowMs)) this.#leave(nowMs);
    if (this.#phase === "leaving" && this.departure.left(nowMs)) {
      const silent = this.departure.silent();
      if (silent.length > 0) this.options.log.warn(`did not say that they had finished: ${silent.join(", ")}`);
      const isWritten = this.departure.hasLeft(this.roster.holder(MONITOR)?.process);
      if (this.#complete && !isWritten) this.#lacks("no monitor says that its results are written");
      this.#phase = "done";
    }
  }

  /** Something on a process's `clock.done` subject; why it is refused. */
  take(process: string, opened: Opened, nowMs: number): RefusalReason | undefined {
    const finished = readControl("finished", opened);
    if (!isRefusal(finished)) return this.#finished(process, finished, nowMs);
    if (finished.refused !== "unknown") return finished.refused;
    if (this.#phase !== "running") return "stale";
    try {
      return this.clock.take(process, opened);
    } catch (error) {
      this.fail(error, nowMs);
      return undefined;
    } finally {
      this.advance(nowMs);
    }
  }

  /** Ends the run before its time. */
  stop(reason: string, nowMs: number): void {
    if (this.#phase !== "waiting" && this.#phase !== "running") return;
    this.#complete = false;
    this.#reason = reason;
    this.#settle(nowMs);
    this.advance(nowMs);
  }

  fail(error: unknown, nowMs: number): void {
    if (this.#error !== undefined) return;
    this.#error = error instanceof AerostatError ? error : new AerostatError("AERO_E_ACTOR", String(error), { cause: error });
    this.#complete = false;
    this.stop(this.#error.message, nowMs);
  }

  outcome(): Outcome {
    return {
      complete: this.#complete && this.#error === undefined,
      reason: this.#error?.message ?? this.#reason,
      error: this.#error,
      nowNs: this.#endedAtNs,
      eventsRun: this.departure.eventsRun,
      windows: this.clock.window,
      digest: this.#digest,
      digests: this.departure.digests,
    };
  }

  #gather(nowMs: number): void {
    const { rosterLimitMs, log } = this.options;
    const missing = this.roster.unready(nowMs);
    if (missing.length === 0) {
      // The virtual clock can not take a process in whose past it does not know.
      if (this.options.virtual) this.roster.close("the run has begun, and in virtual time nobody can join it");
      log.info({ processes: this.roster.leases().length }, "all actors are there: the run begins");
      this.#phase = "running";
      this.clock.begin(nowMs);
    } else if (rosterLimitMs > 0 && nowMs - this.#beganAtMs > rosterLimitMs) {
      const some = missing.length > 8 ? `${missing.slice(0, 8).join(", ")} and ${missing.length - 8} more` : missing.join(", ");
      throw new AerostatError("AERO_E_REGISTER", `no process came within ${rosterLimitMs / 1000} s for ${some}`);
    }
  }

  #settle(nowMs: number): void {
    this.#endedAtNs = this.#complete ? endOf(this.options.scenario) : this.clock.nowNs(nowMs);
    this.#phase = "settling";
    // On the wall clock a monitor may still take over: it has the record, and writes the results.
    this.roster.close("the run is over", this.options.virtual ? undefined : "monitor");
    const leases = this.roster.leases();
    // In virtual time everybody's digest is needed; on the wall clock VMs may have gone for good.
    const awaited = this.options.virtual ? leases : this.roster.present(nowMs);
    this.departure.begin(leases, awaited, this.#finish(false), nowMs, this.#complete);
  }

  #leave(nowMs: number): void {
    this.#phase = "leaving";
    const { departure, options } = this;
    const [silent, digests, virtual] = [departure.silent(), departure.digests, options.virtual];
    if (this.#complete && silent.length > 0 && virtual) this.#lacks(`no digests came from ${silent.join(", ")}`);
    const untold = this.roster.names(this.roster.leases().flatMap(({ actors }) => actors.filter((id) => !digests.has(id))));
    if (this.#complete && untold.length > 0 && virtual) this.#lacks(`no digest was told of ${untold.join(", ")}`);
    if (virtual && this.#complete) this.#digest = runDigest(this.departure.digests);
    this.departure.leave(this.#finish(true), nowMs);
  }

  /** The run is over, and something of it is missing. */
  #lacks(what: string): void {
    this.#complete = false;
    this.#error ??= new AerostatError("AERO_E_SILENT", `the run is over, but ${what}`);
  }

  #finish(leave: boolean): Uint8Array {
    const { epoch } = this.options;
    const reason = (this.#error?.message ?? this.#reason).slice(0, 10_000);
    return encodeControl("finish", { epoch, complete: this.#complete, reason, endNs: this.#endedAtNs, leave, digest: this.#digest });
  }

  /** Nobody waits for it. What virtual time needs of it when all settle, its digests, is missed, and named, at the end. */
  #deserted({ process, role }: Lease, nowMs: number): void {
    if (!this.options.virtual || this.#phase !== "settling") this.roster.leave(process);
    this.departure.forget(process);
    if (!this.options.virtual || this.#phase !== "running") return;
    this.stop(`the ${role}'s process ${process} has left, and in virtual time nobody can take its place`, nowMs);
  }

  #finished(process: string, finished: Finished, nowMs: number): RefusalReason | undefined {
    if (finished.process !== process) return "wrong-sender";
    const lease = this.roster.lease(process);
    if (finished.epoch !== this.options.epoch || lease === undefined) return "stale";
    if (finished.error !== "") this.fail(failureOf(process, finished.error), nowMs);
    if (finished.left && this.#phase !== "leaving") this.#deserted(lease, nowMs);
    else this.departure.take(finished);
    this.advance(nowMs);
    return undefined;
  }
}
