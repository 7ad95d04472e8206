/** The end of a run in two rounds: all processes tell their digests; then all write what they have to write, and leave. */
import type { ActorId } from "../../lib/engine/actor.ts";
import type { Finished } from "../../lib/wire/messages.ts";
import type { Lease } from "./place.ts";

const ASK_AGAIN_MS = 500;
/** After a failure nobody waits long for processes that may be gone. */
const FAILED_LIMIT_MS = 3_000;

export class Departure {
  readonly digests = new Map<ActorId, string>();
  eventsRun = 0;
  readonly #send: (process: string, frame: Uint8Array) => void;
  readonly #limitMs: number;
  #waiting = new Set<string>();
  /** By process. */
  #leases: ReadonlyMap<string, Lease> = new Map();
  #awaited: readonly string[] = [];
  /** Of this round. */
  #asked: readonly string[] = [];
  #frame: Uint8Array = new Uint8Array();
  #roundAtMs = 0;
  #askedAtMs = 0;
  #settleLimitMs = 0;
  #leaving = false;

  /** `limitMs`: how long the first round waits for an answer, and the second for a sign of life. */
  constructor(send: (process: string, frame: Uint8Array) => void, limitMs: number) {
    this.#send = send;
    this.#limitMs = limitMs;
  }

  /** `awaited`: of the leases those whose process must answer; the others may be gone. */
  begin(leases: readonly Lease[], awaited: readonly Lease[], frame: Uint8Array, nowMs: number, complete: boolean): void {
    this.#leases = new Map(leases.map((lease) => [lease.process, lease]));
    this.#awaited = awaited.map((lease) => lease.process);
    this.#settleLimitMs = complete ? this.#limitMs : Math.min(this.#limitMs, FAILED_LIMIT_MS);
    this.#round(this.#awaited, frame, nowMs);
  }

  /** Those that did not settle are asked to leave too, but not waited for. */
  leave(frame: Uint8Array, nowMs: number): void {
    this.#leaving = true;
    const settled = this.#awaited.filter((process) => !this.#waiting.has(process));
    for (const process of this.#leases.keys()) if (!settled.includes(process)) this.#send(process, frame);
    this.#round(settled, frame, nowMs);
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
    this.#awaited = this.#awaited.filter((other) => other !== process);
  }

  settled(nowMs: number): boolean {
    return this.#isOver(nowMs, this.#roundAtMs + this.#settleLimitMs);
  }

  /** Results of a long run take their time: who is heard of is waited for. */
  left(nowMs: number): boolean {
    const heardAtMs = [...this.#waiting].map((process) => Math.min(nowMs, this.#leases.get(process)?.heardAtMs ?? 0));
    return this.#isOver(nowMs, Math.max(this.#roundAtMs, ...heardAtMs) + this.#limitMs);
  }

  /** It has done what it had to do. */
  hasLeft(process: string | undefined): boolean {
    return process !== undefined && this.#leaving && this.#asked.includes(process) && !this.#waiting.has(process);
  }

  /** Processes that have not answered this round. */
  silent(): string[] {
    return [...this.#waiting];
  }

  #round(processes: readonly string[], frame: Uint8Array, nowMs: number): void {
    this.#asked = processes;
    this.#waiting = new Set(processes);
    this.#frame = frame;
    this.#roundAtMs = nowMs;
    this.#askedAtMs = nowMs;
    for (const process of processes) this.#send(process, frame);
  }

  #isOver(nowMs: number, untilMs: number): boolean {
    if (this.#waiting.size === 0 || nowMs > untilMs) return true;
    if (nowMs - this.#askedAtMs > ASK_AGAIN_MS) {
      this.#askedAtMs = nowMs;
      for (const process of this.#waiting) this.#send(process, this.#frame);
    }
    return false;
  }
}
