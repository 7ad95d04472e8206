/** Watches a window that does not close: asks again, warns, tells all it knows, and gives up with a name. */
import { AerostatError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logging.ts";
import type { Roster } from "./roster.ts";
import type { Windows } from "./windows.ts";

const ASK_AGAIN_MS = 500;
const WARN_MS = 2_000;
const TELL_MS = 5_000;

export class Silence {
  readonly #windows: Windows;
  readonly #roster: Roster;
  readonly #log: Logger;
  readonly #limitMs: number;
  #window = -1;
  #openedAtMs = 0;
  #askedAtMs = 0;
  #stage = 0;

  constructor(windows: Windows, roster: Roster, log: Logger, limitMs: number) {
    this.#windows = windows;
    this.#roster = roster;
    this.#log = log;
    this.#limitMs = limitMs;
  }

  /** Asks at once: the bus has come back, and what was on the way may be lost. */
  reconnected(): void {
    this.#windows.askAgain();
  }

  /** Throws AERO_E_SILENT when the limit is passed. */
  tick(nowMs: number): void {
    if (this.#windows.window !== this.#window) {
      this.#window = this.#windows.window;
      this.#openedAtMs = nowMs;
      this.#askedAtMs = nowMs;
      this.#stage = 0;
      return;
    }
    const silentMs = nowMs - this.#openedAtMs;
    if (nowMs - this.#askedAtMs >= ASK_AGAIN_MS) {
      this.#askedAtMs = nowMs;
      this.#windows.askAgain();
    }
    if (this.#stage === 0 && silentMs >= WARN_MS) {
      this.#stage = 1;
      this.#log.warn(
        { window: this.#window, waitingFor: this.names() },
        `the clock waits for ${this.names().join(", ")} since ${WARN_MS / 1000} s`,
      );
    }
    if (this.#stage === 1 && silentMs >= TELL_MS) {
      this.#stage = 2;
      this.#log.warn({ window: this.#window, state: this.#windows.describe() }, "the clock still waits; its state");
    }
    if (silentMs >= this.#limitMs) throw this.#error();
  }

  /** "process (actor, actor)" for each that the clock waits for. */
  names(): string[] {
    return this.#windows.waiting().map((member) => `${member.process} (${this.#roster.names(member.actors).join(", ")})`);
  }

  #error(): AerostatError {
    const who = this.names().join("; ");
    const text = `no answer to window ${this.#window} within ${this.#limitMs / 1000} s from ${who}`;
    return new AerostatError("AERO_E_SILENT", `${text}\n${this.#windows.describe().join("\n")}`);
  }
}
