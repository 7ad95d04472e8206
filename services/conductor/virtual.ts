/** The virtual clock: windows over the bus, and faults as messages at the horizon. */
import type { Refusals } from "../../lib/bus/refusals.ts";
import type { RosterEntry } from "../../lib/engine/actor.ts";
import { AerostatError } from "../../lib/errors.ts";
import { endOf } from "../../lib/federate/run.ts";
import { newsMessage, orderMessage, ordersOf } from "../../lib/federate/schedule.ts";
import type { Logger } from "../../lib/logging.ts";
import type { FaultConfig, Scenario } from "../../lib/scenario/scenario.ts";
import { readDone } from "../../lib/wire/batch.ts";
import { encodeEnvelope } from "../../lib/wire/codec.ts";
import { isRefusal, type Opened, type RefusalReason } from "../../lib/wire/frame.ts";
import type { RunClock } from "./clock.ts";
import type { Roster } from "./roster.ts";
import { Silence } from "./silence.ts";
import { Windows } from "./windows.ts";

export interface VirtualOptions {
  readonly scenario: Scenario;
  readonly entries: readonly RosterEntry[];
  readonly run: string;
  readonly epoch: number;
  readonly roster: Roster;
  readonly log: Logger;
  readonly silentLimitMs: number;
  readonly refusals: Refusals;
  readonly send: (process: string, frame: Uint8Array) => void;
}

export class VirtualClock implements RunClock {
  readonly zeroMs = 0;
  readonly #options: VirtualOptions;
  #windows: Windows | undefined;
  #silence: Silence | undefined;
  #faults: number;

  constructor(options: VirtualOptions) {
    this.#options = options;
    this.#faults = options.scenario.faults.length;
  }

  get window(): number {
    return this.#windows?.window ?? 0;
  }

  get eventsRun(): number {
    return this.#windows?.eventsRun ?? 0;
  }

  begin(): void {
    const { scenario, roster, epoch, send, log, silentLimitMs, refusals } = this.#options;
    const members = roster.leases();
    this.#windows = new Windows({ epoch, lookaheadNs: scenario.network.latencyNs, endNs: endOf(scenario), members, refusals, send });
    this.#silence = new Silence(this.#windows, roster, log, silentLimitMs);
    this.#windows.begin();
  }

  tick(nowMs: number): void {
    if (this.#windows?.over === false) this.#silence?.tick(nowMs);
  }

  take(process: string, opened: Opened): RefusalReason | undefined {
    const done = readDone(opened);
    if (isRefusal(done)) return done.refused;
    return this.#windows === undefined ? "stale" : this.#windows.take(process, done);
  }

  joined(): void {
    this.#silence?.reconnected();
  }

  reconnected(): void {
    this.#silence?.reconnected();
  }

  inject(config: FaultConfig): number {
    const windows = this.#windows;
    if (windows === undefined || windows.over) throw new AerostatError("AERO_E_INPUT", "the run does not run");
    const atNs = Math.max(config.atNs, windows.horizonNs);
    const { run, entries } = this.#options;
    for (const order of ordersOf({ ...config, atNs }, ++this.#faults, entries)) {
      if (order.order.active) windows.post(encodeEnvelope(run, newsMessage(order, entries)));
      windows.post(encodeEnvelope(run, orderMessage(order)));
    }
    return atNs;
  }

  nowNs(): number {
    return Math.min(this.#windows?.horizonNs ?? 0, endOf(this.#options.scenario));
  }

  over(): boolean {
    return this.#windows?.over ?? false;
  }

  waitingFor(): string[] {
    return this.#windows?.over === false ? (this.#silence?.names() ?? []) : [];
  }

  nextEventNs(process: string): number {
    return this.#windows?.nextEventNs(process) ?? 0;
  }
}
