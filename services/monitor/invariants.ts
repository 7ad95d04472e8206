/**
 * The invariants that the monitor checks: those that span actors, and the two page identities as they were reported
 * (docs/architecture.md). A violation is thrown in the actor, which ends the run.
 */
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { BalloonState, type ControlAction, type GuestSample, type HostSample } from "../../lib/wire/messages.ts";
import type { TelemetryMessage } from "./aggregate/aggregator.ts";
import type { KnownFaults } from "./aggregate/faults.ts";
import type { GapLedger } from "./aggregate/gaps.ts";

/** Since when a VM's driver has been off the same target without a reason; -1: it is not. */
interface Watch {
  offSinceNs: number;
  targetPages: number;
  incarnation: number;
  lastAtNs: number;
}

export class Invariants {
  readonly #scenario: Scenario;
  readonly #watches: Watch[];
  readonly #faults: KnownFaults;

  constructor(scenario: Scenario, faults: KnownFaults) {
    this.#scenario = scenario;
    this.#faults = faults;
    this.#watches = scenario.guests.map(() => ({ offSinceNs: -1, targetPages: 0, incarnation: 0, lastAtNs: 0 }));
  }

  check(message: TelemetryMessage): void {
    switch (message.kind) {
      case "guestSample":
        this.#guest(message.source, message.body);
        this.#convergence(message);
        return;
      case "hostSample":
        checkHost(message.body);
        return;
      case "controlAction":
        this.#minimum(message.body.guest, message.body);
    }
  }

  /** `told` by the link, `missing` by the sequence numbers recorded: a hole that the ledger does not know of is a lost record. */
  gapsKnown(message: TelemetryMessage, told: number, missing: number, ledger: GapLedger): void {
    const source = ledger.sources[message.source];
    const counted = source !== undefined && source.accepted + source.lost === source.earlier + source.sequence;
    if (counted && missing >= told) return;
    const detail = `the link says ${told} messages are missing before number ${message.sequence}, the ledger ${missing}`;
    throw new InvariantViolation("gaps-known", `of actor ${message.source}, ${detail}`);
  }

  #guest(actor: number, sample: GuestSample): void {
    const { kernelPages, balloonPages, freePages, anonymousPages, cacheCleanPages, cacheDirtyPages, sizePages } = sample;
    const sum = kernelPages + balloonPages + freePages + anonymousPages + cacheCleanPages + cacheDirtyPages;
    if (sum !== sizePages) {
      const kinds = [
        `kernel ${kernelPages} + balloon ${balloonPages} + free ${freePages}`,
        `anonymous ${anonymousPages} + clean cache ${cacheCleanPages} + dirty cache ${cacheDirtyPages}`,
      ].join(" + ");
      throw new InvariantViolation("guest-pages", `${this.#name(actor)}: ${kinds} = ${sum} pages, its size is ${sizePages}`);
    }
    this.#minimum(actor, sample);
  }

  /** Target 0 says that none was set. */
  #minimum(actor: number, { targetPages }: GuestSample | ControlAction): void {
    const guest = this.#scenario.guests[actor - FIRST_GUEST];
    if (guest === undefined || targetPages === 0 || targetPages >= guest.minimumPages) return;
    throw new InvariantViolation(
      "guaranteed-minimum",
      `${guest.name} has a target of ${targetPages} pages, below its minimum of ${guest.minimumPages}`,
    );
  }

  #convergence({ source, incarnation, body }: TelemetryMessage & { kind: "guestSample" }): void {
    const { takenAtNs } = body;
    const watch = this.#watches[source - FIRST_GUEST];
    const driver = this.#scenario.guests[source - FIRST_GUEST]?.driver;
    if (watch === undefined || driver === undefined || driver.kind === "none") return;
    const { healedNs } = this.#faults;
    const excused =
      body.balloonState === BalloonState.BALLOON_STATE_AT_TARGET || body.balloonState === BalloonState.BALLOON_STATE_BACKING_OFF;
    const changed = body.targetPages !== watch.targetPages || incarnation !== watch.incarnation;
    // Across a hole in the telemetry nobody can say that it stayed off target.
    const unseen = takenAtNs - body.intervalNs > watch.lastAtNs;
    if (excused || body.targetPages === 0) watch.offSinceNs = -1;
    else if (watch.offSinceNs < 0 || changed || unseen) watch.offSinceNs = takenAtNs;
    // A VM that the host has stopped can do nothing: that time is not its driver's.
    else watch.offSinceNs = Math.min(takenAtNs, Math.max(watch.offSinceNs, healedNs ?? 0) + body.blockedNs);
    watch.targetPages = body.targetPages;
    watch.incarnation = incarnation;
    watch.lastAtNs = takenAtNs;
    if (healedNs === undefined || watch.offSinceNs < 0) return;
    const waitedNs = takenAtNs - Math.max(watch.offSinceNs, healedNs);
    if (waitedNs <= this.#scenario.convergenceNs) return;
    const actual = body.sizePages - body.balloonPages;
    const detail = `off its target of ${body.targetPages} pages (actual ${actual}) for ${waitedNs / 1e9} s after the last fault healed`;
    throw new InvariantViolation(
      "convergence",
      `${this.#name(source)} is ${detail}, more than convergence allows (${this.#scenario.convergenceNs / 1e9} s)`,
    );
  }

  #name(actor: number): string {
    return this.#scenario.guests[actor - FIRST_GUEST]?.name ?? `actor ${actor}`;
  }
}

function checkHost({ machinePages, reservedPages, residentPages, sharedPages, poolPages, freePages }: HostSample): void {
  const sum = reservedPages + residentPages + sharedPages + poolPages + freePages;
  if (sum === machinePages) return;
  const parts = `reserved ${reservedPages} + resident ${residentPages} + shared ${sharedPages} + pool ${poolPages} + free ${freePages}`;
  throw new InvariantViolation("machine-pages", `${parts} = ${sum} pages, the machine has ${machinePages}`);
}
