/** A process's heartbeat: it says that it lives, and learns when the run begins, that its lease is gone, or that nobody conducts. */
import type { Bus } from "../bus/port.ts";
import { AerostatError } from "../errors.ts";
import { decodeControl, encodeControl, isRefusal } from "../wire/frame.ts";
import type { Start } from "../wire/messages.ts";

export const HEARTBEAT_MS = 500;
const ANSWER_MS = 2_000;
/** Failures in a row before silence counts: one may come of having been stopped. */
const LEAST_FAILURES = 3;

export interface HeartbeatOptions {
  readonly bus: Bus;
  readonly subject: string;
  readonly process: string;
  readonly epoch: number;
  /** The first beat waits for it: it says that the process hears what is sent to it. */
  readonly listening: Promise<void>;
  /** How long the conductor may be silent. */
  readonly limitMs: number;
  readonly refused: () => number;
  readonly onStart: (start: Start) => void;
  readonly onGone: (error: AerostatError) => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #ticker: NodeJS.Timeout;
  #asking = true;
  #failures = 0;
  #heardAtMs = performance.now();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#ticker = setInterval(() => void this.beat(), HEARTBEAT_MS);
    void options.listening.finally(() => {
      this.#asking = false;
      void this.beat();
    });
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  async beat(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { bus, subject, process, epoch, refused, onStart } = this.#options;
    try {
      const frame = encodeControl("heartbeat", { process, epoch, refused: refused() });
      const start = decodeControl("start", await bus.request(subject, frame, ANSWER_MS));
      if (!isRefusal(start)) {
        this.#failures = 0;
        this.#heardAtMs = performance.now();
        onStart(start);
      }
    } catch {
      this.#failed();
    } finally {
      this.#asking = false;
    }
  }

  #failed(): void {
    const { limitMs, onGone } = this.#options;
    this.#failures++;
    if (this.#failures < LEAST_FAILURES || performance.now() - this.#heardAtMs < limitMs) return;
    this.stop();
    onGone(new AerostatError("AERO_E_SILENT", `the conductor has not answered for ${limitMs / 1000} s: it or the NATS server is gone`));
  }
}
