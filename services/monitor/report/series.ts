/**
 * Time series for the report, in a fixed number of points: when a run outgrows them, pairs of points become one and each
 * point covers twice the time. So memory is bounded, and a run cut short still has its detail.
 */
import { FIRST_GUEST } from "../../../lib/engine/actor.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { TelemetryMessage } from "../aggregate/aggregator.ts";

/** Kept as their last value in a point's time. */
export const GUEST_LEVELS = [
  "kernelPages",
  "balloonPages",
  "freePages",
  "anonymousPages",
  "cacheCleanPages",
  "cacheDirtyPages",
  "swappedPages",
  "hostSwappedPages",
  "targetPages",
] as const;
/** Summed over a point's time. */
export const GUEST_SUMS = [
  "intervalNs",
  "operations",
  "unpressedOperations",
  "swapInPages",
  "swapOutPages",
  "hostSwapInPages",
  "psiSomeNs",
  "psiFullNs",
] as const;
export const HOST_LEVELS = ["freePages", "residentPages", "reservedPages", "swappedPages", "state", "diskChannels"] as const;
export const HOST_SUMS = ["intervalNs", "swapInPages", "swapOutPages", "diskBusyNs", "diskQueueNs"] as const;

/** Values of one actor: `levels` then `sums`, `points` cells each. A point without interval was never sampled. */
class Rows {
  readonly cells: Float32Array;
  readonly #levels: readonly string[];
  readonly #fields: readonly string[];
  readonly #points: number;

  constructor(levels: readonly string[], sums: readonly string[], points: number) {
    this.#levels = levels;
    this.#fields = [...levels, ...sums];
    this.#points = points;
    this.cells = new Float32Array(this.#fields.length * points);
  }

  add(point: number, body: Readonly<Record<string, unknown>>): void {
    const { cells } = this;
    for (let field = 0; field < this.#fields.length; field++) {
      const value = body[this.#fields[field] as string] as number;
      const at = field * this.#points + point;
      cells[at] = field < this.#levels.length ? value : (cells[at] as number) + value;
    }
  }

  /** Pairs of points become one: sums add up, levels keep the later value that was sampled. */
  halve(): void {
    const { cells } = this;
    const points = this.#points;
    // The interval is the first sum, so the levels before it still find its old points.
    const sums = this.#levels.length * points;
    for (let start = 0; start < cells.length; start += points) {
      for (let to = 0; to < points; to++) {
        const from = 2 * to;
        const first = from < points ? (cells[start + from] as number) : 0;
        const second = from + 1 < points ? (cells[start + from + 1] as number) : 0;
        if (start >= sums) cells[start + to] = first + second;
        else cells[start + to] = from + 1 < points && (cells[sums + from + 1] as number) > 0 ? second : first;
      }
    }
  }

  field(name: string): Float32Array {
    const start = this.#fields.indexOf(name) * this.#points;
    return this.cells.subarray(start, start + this.#points);
  }
}

/** Of all VMs together, at most this many points; of one, at most 480 and at least 60. */
const POINTS_OF_ALL = 120_000;

export class SeriesStore {
  readonly points: number;
  readonly #guests: readonly Rows[];
  readonly #host: Rows;
  #widthNs: number;
  #used = 0;

  constructor(scenario: Scenario) {
    const each = Math.floor(POINTS_OF_ALL / Math.max(1, scenario.guests.length));
    this.points = 2 * Math.floor(Math.max(60, Math.min(480, each)) / 2);
    this.#guests = scenario.guests.map(() => new Rows(GUEST_LEVELS, GUEST_SUMS, this.points));
    this.#host = new Rows(HOST_LEVELS, HOST_SUMS, this.points);
    this.#widthNs = scenario.sampleNs;
  }

  /** Time that one point covers. */
  get widthNs(): number {
    return this.#widthNs;
  }

  /** Points in use, from the start of the run. */
  get used(): number {
    return this.#used;
  }

  addGuest(message: TelemetryMessage & { kind: "guestSample" }): void {
    const point = this.#point(message.body.takenAtNs);
    this.#guests[message.source - FIRST_GUEST]?.add(point, message.body as unknown as Record<string, unknown>);
  }

  addHost(message: TelemetryMessage & { kind: "hostSample" }): void {
    const point = this.#point(message.sentAtNs);
    this.#host.add(point, message.body as unknown as Record<string, unknown>);
  }

  /** Points up to `atNs`, of which nothing may have been heard: the charts go to the end of the run. */
  cover(atNs: number): void {
    if (atNs > 0) this.#point(atNs);
  }

  /** One field of one VM (by its place in the roster's guests), a value a point. */
  guest(index: number, field: (typeof GUEST_LEVELS)[number] | (typeof GUEST_SUMS)[number]): Float32Array {
    return (this.#guests[index] as Rows).field(field).subarray(0, this.#used);
  }

  host(field: (typeof HOST_LEVELS)[number] | (typeof HOST_SUMS)[number]): Float32Array {
    return this.#host.field(field).subarray(0, this.#used);
  }

  /** A sample at time t covers what came before t, so t itself still belongs to the earlier point. */
  #point(atNs: number): number {
    let point = Math.max(0, Math.ceil(atNs / this.#widthNs) - 1);
    while (point >= this.points) {
      for (const rows of this.#guests) rows.halve();
      this.#host.halve();
      this.#widthNs *= 2;
      this.#used = Math.ceil(this.#used / 2);
      point = Math.max(0, Math.ceil(atNs / this.#widthNs) - 1);
    }
    this.#used = Math.max(this.#used, point + 1);
    return point;
  }
}
