/** Runs a kernel on the wall clock: model time is wall time times a speed, and one timer waits for the next event. */
import type { Kernel } from "../engine/kernel.ts";

/** setTimeout knows whole milliseconds only: what is nearer is waited for by turning round, which takes the CPU all the time. */
const NEAR_MS = 1;
/** setTimeout's limit is 2^31 ms; and a clock that is asked again now and then costs nothing. */
const FAR_MS = 1000;
/** At the end of the scenario model time waits this long for timers that run late; then what they sent may arrive. */
const HOLD_MS = 200;

/** Looks at both clocks: between two of them a busy machine may have done something else. */
const LOOKS = 10;

/**
 * Unix time at performance.now() 0. Node's own timeOrigin is made of two clocks read at different moments of its start: of a hundred
 * processes that start at once some are a step ahead of the others by it.
 */
const ORIGIN_MS = Math.max(...Array.from({ length: LOOKS }, () => Date.now() - performance.now()));

/** Milliseconds of the host's clock, with a fraction, never going back. */
export function unixMs(): number {
  return ORIGIN_MS + performance.now();
}

export interface WallTimerOptions {
  readonly kernel: Kernel;
  /** Model seconds per second. */
  readonly speed: number;
  /** Model time at which the scenario ends. */
  readonly durationNs: number;
  /** Model time, a little later, at which the clock stands still: later events do not run. */
  readonly endNs: number;
  /** An actor failed. The timer has stopped. */
  readonly onError: (error: unknown) => void;
}

export class WallTimer {
  readonly #options: WallTimerOptions;
  #zeroMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** Since when events are run; the event loop's own clock, by which timers count, stands still meanwhile. */
  #runsSinceMs: number | undefined;
  #stopped = false;

  constructor(options: WallTimerOptions) {
    this.#options = options;
  }

  /** Model time now; 0 before the start. */
  nowNs(): number {
    const { speed, durationNs, endNs } = this.#options;
    const sinceMs = unixMs() - this.#zeroMs;
    if (sinceMs <= 0) return 0;
    const nowNs = Math.floor(sinceMs * 1e6 * speed);
    if (nowNs <= durationNs) return nowNs;
    return nowNs - durationNs < HOLD_MS * 1e6 * speed ? durationNs : endNs;
  }

  /** Model time 0 is at `zeroMs` of the host's clock, which may lie before now. */
  start(zeroMs: number): void {
    this.#zeroMs = zeroMs;
    this.arm();
  }

  /** To be called whenever an event came into the kernel from outside. */
  arm(): void {
    if (this.#stopped || this.#zeroMs === Number.POSITIVE_INFINITY || this.#immediate !== undefined) return;
    clearTimeout(this.#timer);
    const { kernel, endNs, durationNs, speed } = this.#options;
    const nextNs = kernel.nextEventNs();
    if (nextNs > endNs) return;
    const dueMs = nextNs <= durationNs ? nextNs / 1e6 / speed : durationNs / 1e6 / speed + HOLD_MS;
    const nowMs = unixMs();
    const delayMs = this.#zeroMs + dueMs - nowMs;
    const sinceMs = nowMs - (this.#runsSinceMs ?? nowMs);
    // Rounded up: one that comes early is a wake for nothing, and turns round for the rest.
    if (delayMs >= NEAR_MS) this.#timer = setTimeout(() => this.#turn(), Math.ceil(Math.min(delayMs + sinceMs, FAR_MS)));
    else this.#turn();
  }

  /** After what has arrived: the loop runs its timers first, and a step that is late would end without an answer that is here. */
  #turn(): void {
    this.#immediate = setImmediate(() => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #run(): void {
    this.#immediate = undefined;
    if (this.#stopped) return;
    this.#runsSinceMs = unixMs();
    // One round's time is fixed before it: a kernel that can not keep up still lets the bus have its turn.
    const nowNs = this.nowNs();
    try {
      this.#options.kernel.runDue(() => nowNs);
    } catch (error) {
      this.stop();
      this.#options.onError(error);
      return;
    }
    this.arm();
    this.#runsSinceMs = undefined;
  }
}
