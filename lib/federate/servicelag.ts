/**
 * Wall clock: how late the ticks of those services ran that are no actors with timers of their own, the monitor's and the
 * conductor's. It lives in the monitor's process and tells the monitor's actor, so that all lag is in one record.
 */
import { CONDUCTOR, MONITOR } from "../engine/actor.ts";
import type { Message } from "../wire/messages.ts";
import { TickLag } from "./ticklag.ts";
import { unixMs } from "./walltimer.ts";

const TICK_MS = 100;
const TELL_TICKS = 10;

export interface ServiceLagOptions {
  /** Of the monitor. */
  readonly incarnation: number;
  /** Model seconds per second. */
  readonly speed: number;
  /** Model time. */
  readonly nowNs: () => number;
  readonly deliver: (message: Message) => void;
}

export class ServiceLag {
  readonly #options: ServiceLagOptions;
  readonly #own = new TickLag(TICK_MS);
  readonly #ticker: NodeJS.Timeout;
  #conductorNs = 0;
  #sequence = 0;
  #ticks = 0;
  #toldAtNs = 0;

  constructor(options: ServiceLagOptions) {
    this.#options = options;
    this.#toldAtNs = options.nowNs();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The conductor's worst since it told last, in time of the host's clock. */
  noteConductor(lagNs: number): void {
    this.#conductorNs = Math.max(this.#conductorNs, lagNs);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  #tick(): void {
    this.#own.tick(unixMs());
    if (++this.#ticks % TELL_TICKS !== 0) return;
    const nowNs = this.#options.nowNs();
    const intervalNs = nowNs - this.#toldAtNs;
    this.#toldAtNs = nowNs;
    this.#tell(MONITOR, this.#own.takeNs(), nowNs, intervalNs);
    this.#tell(CONDUCTOR, this.#conductorNs, nowNs, intervalNs);
    this.#conductorNs = 0;
  }

  #tell(service: number, lagNs: number, nowNs: number, intervalNs: number): void {
    const { incarnation, speed, deliver } = this.#options;
    const times = { sentAtNs: nowNs, deliverAtNs: nowNs };
    const header = { source: MONITOR, incarnation, destination: MONITOR, sequence: ++this.#sequence, ...times };
    deliver({ ...header, kind: "serviceSample", body: { service, intervalNs, lagNs: Math.round(lagNs * speed) } });
  }
}
