/** The end of a run in two rounds: all processes tell their digests; then all write what they have to write, and leave. */
import { type ActorId, MONITOR } from "../../lib/engine/actor.ts";
import type { Finished } from "../../lib/wire/messages.ts";
import type { Lease } from "./place.ts";

const ASK_AGAIN_MS = 500;
/** After a failure nobody waits long for processes that may be gone. */
const FAILED_LIMIT_MS = 3_000;
/** Stands among those who are waited for while nobody plays the monitor: one that takes over still writes the results. */
const NO_MONITOR = "a monitor that takes over";

export interface DepartureOptions {
  readonly send: (process: string, frame: Uint8Array) => void;
  /** How long the first round waits for an answer, and the second for a sign of life. */
  readonly limitMs: number;
  /** Wall clock: nobody but the monitor is waited for who has been silent for this long. Absent: all are needed. */
  readonly expiryMs?: number | undefined;
}

export class Departure {
  readonly digests = new Map<ActorId, string>();
  eventsRun = 0;
  readonly #options: DepartureOptions;
  #waiting = new Set<string>();
  /** By process. */
  readonly #leases = new Map<string, Lease>();
  #awaited: readonly string[] = [];
  /** Of this round. */
  readonly #asked = new Set<string>();
  /** Not waited for any longer. */
  readonly #dropped = new Set<string>();
  #frame: Uint8Array = new Uint8Array();
  #roundAtMs = 0;
  #askedAtMs = 0;
  #settleLimitMs = 0;
  #leaving = false;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** `awaited`: of the leases those whose process must answer; the others may be gone. */
  begin(leases: readonly Lease[], awaited: readonly Lease[], frame: Uint8Array, nowMs: number, complete: boolean): void {
    const { limitMs, expiryMs } = this.#options;
    for (const lease of leases) this.#leases.set(lease.process, lease);
    const mustCome = complete && expiryMs !== undefined && !awaited.some(isMonitor);
    this.#awaited = [...awaited.map((lease) => lease.process), ...(mustCome ? [NO_MONITOR] : [])];
    this.#settleLimitMs = complete ? limitMs : Math.min(limitMs, FAILED_LIMIT_MS);
    this.#round(this.#awaited, frame, nowMs);
  }

  /** Those that did not settle are asked to leave too, but not waited for. */
  leave(frame: Uint8Array, nowMs: number): void {
    this.#leaving = true;
    const settled = this.#awaited.filter((process) => !this.#waiting.has(process));
    for (const process of this.#leases.keys()) if (!settled.includes(process)) this.#options.send(process, frame);
    this.#round(settled, frame, nowMs);
  }

  /** It has taken over from one that is gone, and is asked what that one was. */
  join(lease: Lease): void {
    if (this.#leases.has(lease.process)) return;
    for (const { process, actors } of this.#leases.values()) if (actors.some((actor) => lease.actors.includes(actor))) this.forget(process);
    if (isMonitor(lease)) this.forget(NO_MONITOR);
    this.#leases.set(lease.process, lease);
    this.#awaited = [...this.#awaited, lease.process];
    this.#waiting.add(lease.process);
    this.#asked.add(lease.process);
    this.#options.send(lease.process, this.#frame);
  }

  take(finished: Finished): void {
    if (this.#leaving !== finished.left || !this.#waiting.delete(finished.process)) return;
    if (this.#leaving) return;
    const own = new Set(this.#leases.get(finished.process)?.actors);
    for (const { actor, digest } of finished.digests) if (own.has(actor)) this.digests.set(actor, digest);
    this.eventsRun += finished.eventsRun;
  }

  /** It ends by a signal of its own, and answers no more. */
  forget(process: string): void {
    this.#waiting.delete(process);
    this.#asked.delete(process);
    this.#awaited = this.#awaited.filter((other) => other !== process);
  }

  settled(nowMs: number): boolean {
    return this.#isOver(nowMs, this.#roundAtMs + this.#settleLimitMs);
  }

  /** Results of a long run take their time: who is heard of is waited for. */
  left(nowMs: number): boolean {
    const heardAtMs = [...this.#waiting].map((process) => Math.min(nowMs, this.#leases.get(process)?.heardAtMs ?? 0));
    return this.#isOver(nowMs, Math.max(this.#roundAtMs, ...heardAtMs) + this.#options.limitMs);
  }

  /** It has done what it had to do. */
  hasLeft(process: string | undefined): boolean {
    return process !== undefined && this.#leaving && this.#asked.has(process) && !this.#waiting.has(process);
  }

  /** Processes that have not answered this round. */
  silent(): string[] {
    return [...this.#waiting, ...this.#dropped];
  }

  /** Those that are waited for now, with what they play: "process (actor, actor)". */
  waitingFor(names: (actors: readonly ActorId[]) => string[]): string[] {
    return [...this.#waiting].map((process) => {
      const lease = this.#leases.get(process);
      return lease === undefined ? process : `${process} (${names(lease.actors).join(", ")})`;
    });
  }

  #round(processes: readonly string[], frame: Uint8Array, nowMs: number): void {
    this.#asked.clear();
    for (const process of processes) this.#asked.add(process);
    this.#waiting = new Set(processes);
    this.#frame = frame;
    this.#roundAtMs = nowMs;
    this.#askedAtMs = nowMs;
    this.#ask();
  }

  #ask(): void {
    for (const process of this.#waiting) if (process !== NO_MONITOR) this.#options.send(process, this.#frame);
  }

  #isOver(nowMs: number, untilMs: number): boolean {
    this.#drop(nowMs);
    if (this.#waiting.size === 0 || nowMs > untilMs) return true;
    if (nowMs - this.#askedAtMs > ASK_AGAIN_MS) {
      this.#askedAtMs = nowMs;
      this.#ask();
    }
    return false;
  }

  #drop(nowMs: number): void {
    const { expiryMs } = this.#options;
    if (expiryMs === undefined) return;
    for (const process of this.#waiting) {
      const lease = this.#leases.get(process);
      if (lease === undefined || isMonitor(lease)) continue;
      // A stopped process counts as heard until it goes on; the end of the run does not wait for that.
      const heardAtMs = lease.heardAtMs > nowMs ? 0 : lease.heardAtMs;
      if (nowMs - Math.max(this.#roundAtMs, heardAtMs) <= expiryMs) continue;
      this.forget(process);
      this.#dropped.add(process);
    }
  }
}

function isMonitor({ actors }: Lease): boolean {
  return actors.includes(MONITOR);
}
