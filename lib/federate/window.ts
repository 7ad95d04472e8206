/** A process in virtual time: it runs what a Grant allows and answers with one Done. */
import type { Refusals } from "../bus/refusals.ts";
import { mayAddress } from "../bus/subjects.ts";
import { type ActorId, CONDUCTOR } from "../engine/actor.ts";
import type { Trace } from "../engine/history.ts";
import type { Kernel } from "../engine/kernel.ts";
import { encodeDone, type Grant, readGrant } from "../wire/batch.ts";
import { decodeEnvelope, encodeEnvelope } from "../wire/codec.ts";
import { isRefusal, type Opened, type RefusalReason } from "../wire/frame.ts";
import type { ActorDigest, Message } from "../wire/messages.ts";
import type { Enrolment } from "./enrol.ts";
import { failureText } from "./failure.ts";
import type { Member } from "./member.ts";
import { type Cast, kernelOf } from "./run.ts";

export interface WindowOptions {
  readonly enrolment: Enrolment;
  readonly cast: Cast;
  readonly refusals: Refusals;
  readonly trace?: Trace | undefined;
  readonly publish: (frame: Uint8Array) => void;
  /** An actor failed; the conductor has been told. */
  readonly onError: (error: unknown) => void;
}

export class WindowMember implements Member {
  readonly #options: WindowOptions;
  readonly #kernel: Kernel;
  readonly #actors: ReadonlySet<ActorId>;
  #out: Uint8Array[] = [];
  /** The newest window that was answered, and its answer: a Grant that comes again gets the same. */
  #answered = 0;
  #answer: readonly Uint8Array[] = [];
  #horizonNs = 0;
  /** Parts of the Grant that is coming in. */
  #parts: (Grant | undefined)[] = [];
  #window = 0;
  #failed = false;
  #digests: readonly ActorDigest[] | undefined;

  constructor(options: WindowOptions) {
    const { enrolment, cast, trace } = options;
    const { scenario, actors, incarnations, run } = enrolment;
    this.#options = options;
    this.#actors = new Set(actors);
    const outbox = (message: Parameters<typeof encodeEnvelope>[1]): void => void this.#out.push(encodeEnvelope(run, message));
    this.#kernel = kernelOf({ scenario, cast, actors, incarnations, outbox, trace, digest: true, faults: true });
  }

  take(opened: Opened): RefusalReason | undefined {
    const grant = readGrant(opened);
    if (isRefusal(grant)) return grant.refused;
    if (grant.epoch !== this.#options.enrolment.epoch || grant.window < this.#answered || this.#digests !== undefined) return "stale";
    if (grant.window === this.#answered) this.#publish();
    else if (grant.horizonNs < this.#horizonNs) return "stale";
    else this.#collect(grant);
    return undefined;
  }

  start(): void {}

  nowNs(): number {
    return this.#horizonNs;
  }

  settle(): { readonly digests: readonly ActorDigest[]; readonly eventsRun: number } {
    this.#digests ??= this.#failed ? [] : [...this.#kernel.digests()].map(([actor, digest]) => ({ actor, digest }));
    return { digests: this.#digests, eventsRun: this.#kernel.eventsRun };
  }

  close(): void {}

  #collect(grant: Grant): void {
    if (grant.parts === 1) {
      this.#answerTo(grant, [grant]);
      return;
    }
    if (grant.window !== this.#window || grant.parts !== this.#parts.length) {
      this.#window = grant.window;
      this.#parts = new Array<Grant | undefined>(grant.parts).fill(undefined);
    }
    this.#parts[grant.part] = grant;
    if (!this.#parts.includes(undefined)) this.#answerTo(grant, this.#parts as Grant[]);
  }

  #answerTo(grant: Grant, parts: readonly Grant[]): void {
    const { epoch, window } = grant;
    const kernel = this.#kernel;
    let error = "";
    const ranBefore = kernel.eventsRun;
    try {
      if (this.#answered === 0) kernel.begin();
      for (const part of parts) this.#deliver(part.envelopes);
      kernel.runUntil(grant.horizonNs);
    } catch (cause) {
      this.#failed = true;
      error = failureText(cause);
      this.#options.onError(cause);
    }
    const envelopes = this.#out;
    if (envelopes.length > 0) this.#out = [];
    if (parts.length > 1) this.#parts = [];
    this.#answered = window;
    this.#horizonNs = grant.horizonNs;
    const times = { nextEventNs: kernel.nextEventNs(), earliestEmissionNs: kernel.earliestEmissionNs() };
    this.#answer = encodeDone({ epoch, window, envelopes, ...times, eventsRun: kernel.eventsRun - ranBefore, error });
    this.#publish();
  }

  #deliver(envelopes: readonly Uint8Array[]): void {
    const { enrolment, refusals } = this.#options;
    for (const bytes of envelopes) {
      const message = decodeEnvelope(enrolment.run, bytes);
      if (isRefusal(message)) refusals.add(message.refused, "clock.grant");
      else if (!this.#actors.has(message.destination) || !mayCome(message)) refusals.add("wrong-sender", "clock.grant");
      else if (message.deliverAtNs < this.#horizonNs) refusals.add("stale", "clock.grant");
      else this.#kernel.deliver(message);
    }
  }

  #publish(): void {
    for (const frame of this.#answer) this.#options.publish(frame);
  }
}

/** A fault is the conductor's to order; whatever else comes, comes from an actor that speaks to this one. */
function mayCome({ source, destination, kind }: Message): boolean {
  return source === CONDUCTOR || (kind !== "faultOrder" && mayAddress(source, destination));
}
