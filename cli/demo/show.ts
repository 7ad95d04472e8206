/** Shows a live run: in place on a terminal, a line now and then in a pipe. */
import { type ConductProgress, isFinishing } from "../../lib/federate/conduct.ts";
import type { LiveView } from "../../services/monitor/live.ts";
import { finishingText } from "../progress.ts";
import { plainLine } from "../terminal/plain.ts";
import { Screen, type Terminal } from "../terminal/tty.ts";
import { liveLines } from "../terminal/view.ts";

const TERMINAL_MS = 250;
const PIPE_MS = 5_000;
const ANSWER_MS = 2_000;
/** A run that ends takes this long without a word. */
const FINISH_MS = 2_000;
/** A notice is shown for so long. */
const NOTICE_MS = 10_000;

export interface ShowOptions {
  /** Undefined: plain lines. */
  readonly terminal: Terminal | undefined;
  readonly colour: boolean;
  readonly write: (text: string) => void;
  /** What the monitor's page asks for; undefined: nothing. */
  readonly token?: string | undefined;
}

export class Show {
  readonly #options: ShowOptions;
  readonly #screen: Screen | undefined;
  #timer: NodeJS.Timeout | undefined;
  #notice = "";
  #noticedAtMs = 0;
  #present = 0;
  #phase = "";
  #finishing = "";
  #finishingSinceMs = 0;
  #url: URL | undefined;
  /** The screen is ours: nothing else may be written. */
  #live = false;
  #over = false;
  #refused = false;
  readonly #beganMs = performance.now();

  constructor(options: ShowOptions) {
    this.#options = options;
    this.#screen = options.terminal === undefined ? undefined : new Screen(options.terminal);
  }

  /** Where the monitor answers; it is asked from the run's begin on. */
  follow(pageUrl: string): void {
    this.#url = new URL("/api/state", pageUrl);
  }

  progress(progress: ConductProgress): void {
    const { present, actors, phase } = progress;
    if (isFinishing(progress)) this.#finish(finishingText(progress.waitingFor));
    if (phase === "running" && this.#phase !== phase) {
      const tookS = ((performance.now() - this.#beganMs) / 1000).toFixed(1);
      this.say(`all ${actors} are registered after ${tookS} s: the run begins`);
      this.#live = this.#screen !== undefined;
      this.#askLater();
    } else if (phase === "waiting" && present !== this.#present) {
      this.say(`${present} of ${actors} are registered`);
    }
    this.#present = present;
    this.#phase = phase;
  }

  /** Told once it takes longer than it should, and when it changes. */
  #finish(text: string): void {
    const nowMs = performance.now();
    if (this.#finishingSinceMs === 0) this.#finishingSinceMs = nowMs;
    if (nowMs - this.#finishingSinceMs < FINISH_MS || text === this.#finishing) return;
    this.#finishing = text;
    this.notice(text);
  }

  notice(text: string): void {
    if (!this.#live) this.say(text);
    this.#notice = text;
    this.#noticedAtMs = performance.now();
  }

  /** A line outside the live view. */
  say(line: string): void {
    this.#options.write(`${line}\n`);
  }

  /** Ends the live view; the terminal is as it was. Can be called again. */
  close(): void {
    this.#over = true;
    this.#live = false;
    clearTimeout(this.#timer);
    this.#screen?.close();
  }

  #askLater(): void {
    this.#timer = setTimeout(() => this.#ask(), this.#screen === undefined ? PIPE_MS : TERMINAL_MS);
  }

  async #ask(): Promise<void> {
    const view = this.#url === undefined ? undefined : await this.#stateOf(this.#url);
    if (this.#over) return;
    if (view !== undefined) this.#draw(view);
    this.#askLater();
  }

  /** Undefined while the monitor is not there; where it does not answer as it should, that is told once. */
  async #stateOf(url: URL): Promise<LiveView | undefined> {
    const { token } = this.#options;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) return ((await answer.json()) as { live: LiveView }).live;
      if (!this.#refused) this.notice(`the monitor's page answers ${answer.status} (${answer.statusText}): nothing can be shown live`);
      this.#refused = true;
    } catch {
      // It is not there yet, or no more.
    }
    return undefined;
  }

  #draw(view: LiveView): void {
    const { terminal, colour } = this.#options;
    if (terminal === undefined || this.#screen === undefined) {
      this.say(plainLine(view));
      return;
    }
    const notice = performance.now() - this.#noticedAtMs < NOTICE_MS ? this.#notice : "";
    this.#screen.draw(liveLines(view, { columns: terminal.columns, rows: terminal.rows, colour }, notice));
  }
}
