/** How late the ticks of an interval timer run: the worst since it was asked last. */
export class TickLag {
  readonly #periodMs: number;
  #dueMs = Number.POSITIVE_INFINITY;
  #worstMs = 0;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** To be called in every tick. Node sets such a timer anew when it has run, so one late tick does not make the next ones early. */
  tick(nowMs: number): void {
    this.#worstMs = Math.max(this.#worstMs, nowMs - this.#dueMs);
    this.#dueMs = nowMs + this.#periodMs;
  }

  /** Whole nanoseconds of the host's clock. */
  takeNs(): number {
    const worstNs = Math.round(this.#worstMs * 1e6);
    this.#worstMs = 0;
    return worstNs;
  }
}
