/** How a process ends: with the run, by a failure of its own, or because it was told to leave. */
import type { Bus } from "../bus/port.ts";
import type { AerostatError } from "../errors.ts";
import type { Logger } from "../logging.ts";
import { encodeControl } from "../wire/frame.ts";
import type { Finish, Finished } from "../wire/messages.ts";
import type { Company } from "./company.ts";
import { failureText } from "./failure.ts";
import type { Member } from "./member.ts";

export interface FarewellOptions {
  readonly bus: Bus;
  /** The process's own `clock.done` subject. */
  readonly subject: string;
  readonly process: string;
  readonly epoch: number;
  readonly company: Company;
  readonly log: Logger;
}

const ACKNOWLEDGE_MS = 1_000;
const ACKNOWLEDGE_TRIES = 5;
const TRY_AGAIN_MS = 100;

export class Farewell {
  /** Resolves at the end of a good life; rejects with what ended a bad one. */
  readonly over: Promise<void>;
  readonly #options: FarewellOptions;
  #failure: unknown;
  #leaving = false;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(options: FarewellOptions) {
    this.#options = options;
    this.over = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may end while nobody waits for it yet.
    this.over.catch(() => undefined);
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  /** An actor failed: the process stays until the conductor, who hears of it, ends the run. */
  noteFailure(error: unknown): void {
    this.#options.log.error({ error: failureText(error) }, "an actor of this process has failed");
    this.#failure ??= error;
  }

  /** The same where no Done will tell the conductor. */
  async tellFailure(error: unknown): Promise<void> {
    this.noteFailure(error);
    await this.#tell(failureText(error), false);
  }

  /** Nothing can be waited for any more. */
  giveUp(error: unknown): void {
    if (!this.#leaving) this.#reject(error);
  }

  /** Nobody conducts the run any more: what was recorded is kept, as incomplete. */
  async orphan(member: Member, error: AerostatError): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    const endNs = member.nowNs();
    member.settle();
    try {
      await this.#options.company.finish?.({ complete: false, reason: error.message, endNs, digest: "" });
    } catch (cause) {
      this.noteFailure(cause);
    }
    this.#reject(error);
  }

  async finish(member: Member, finish: Finish): Promise<void> {
    const { digests, eventsRun } = member.settle();
    if (!finish.leave) {
      const { bus, subject } = this.#options;
      bus.publish(subject, this.#finished({ digests, eventsRun }));
      return;
    }
    if (this.#leaving) return;
    this.#leaving = true;
    let error = "";
    try {
      await this.#options.company.finish?.(finish);
    } catch (cause) {
      this.noteFailure(cause);
      error = failureText(cause);
    }
    await this.#tell(error, true);
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure);
  }

  /** A signal came: not the run's end, but this process's. The conductor is told, and may be gone himself. */
  interrupt(member: Member): void {
    if (this.#leaving) return;
    this.#leaving = true;
    member.settle();
    const { bus, subject } = this.#options;
    bus.publish(subject, this.#finished({ left: true }));
    this.#resolve();
  }

  /** Says something that must be heard: until it is acknowledged, or nobody is left to hear it. */
  async #tell(error: string, left: boolean): Promise<void> {
    const { bus, subject } = this.#options;
    const frame = this.#finished({ error, left });
    for (let tries = 0; tries < ACKNOWLEDGE_TRIES; tries++) {
      try {
        await bus.request(subject, frame, ACKNOWLEDGE_MS);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
      }
    }
  }

  #finished(what: Partial<Finished>): Uint8Array {
    const { process, epoch } = this.#options;
    return encodeControl("finished", { epoch, process, error: "", digests: [], left: false, eventsRun: 0, ...what });
  }
}
