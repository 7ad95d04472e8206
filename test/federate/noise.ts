/** Bad messages for every subject of a run: truncated, random, oversized, of another version, run, sender or time. */

import type { Bus } from "../../lib/bus/port.ts";
import { Subjects } from "../../lib/bus/subjects.ts";
import { Random } from "../../lib/engine/random.ts";
import { createUser } from "../../lib/keys/nkeys.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { encodeDone, encodeGrant } from "../../lib/wire/batch.ts";
import { encodeMessage } from "../../lib/wire/codec.ts";
import { encodeControl, FRAME_OF, MAX_FRAME_BYTES, seal } from "../../lib/wire/frame.ts";
import { CONTRACT, FaultKind, type FaultOrder, type Message } from "../../lib/wire/messages.ts";

export interface Target {
  readonly run: string;
  readonly scenario: Scenario;
  /** Names of the run's processes. */
  readonly processes: readonly string[];
}

const OVERSIZED = Buffer.alloc(MAX_FRAME_BYTES + 1, 8);

const crash: FaultOrder = {
  fault: 1,
  kind: FaultKind.FAULT_KIND_CRASH,
  active: true,
  peer: 0,
  allPeers: true,
  amount: 1,
  delayNs: 0,
  durationNs: 0,
};

/** Where a name would speak that the conductor made a line of the bus' protocol. */
export const SMUGGLED = "smuggled";
const HOSTILE = ["", "*", ">", "a.b", "a b", "x".repeat(65), `x 0\r\n\r\nPUB ${SMUGGLED} 4\r\nEVIL\r\nPUB y`];

/** Frames that are whole and well made, but of another run, another start of the conductor, or by somebody else. */
function foreign({ run, processes }: Target): Uint8Array[] {
  const message = (source: number, destination: number): Message => {
    const header = { source, incarnation: 1, destination, sequence: 1, sentAtNs: 0, deliverAtNs: 1 };
    return { ...header, kind: "hello", body: { sizePages: 1 } };
  };
  const order = (source: number, destination: number): Message =>
    ({ ...message(source, destination), kind: "faultOrder", body: crash }) as Message;
  const process = processes[0] as string;
  const register = {
    run,
    role: "guest",
    process: "intruder",
    contract: CONTRACT,
    version: "9.9",
    capacity: 1,
    heldActors: [],
    epoch: 0,
    pid: 1,
    realFaults: false,
    userKey: createUser().getPublicKey(),
  };
  const done = { window: 3, envelopes: [], nextEventNs: 1, earliestEmissionNs: 1, eventsRun: 1, error: "AERO_E_ACTOR: no" };
  return [
    encodeMessage("other", message(3, 2)),
    encodeMessage(run, message(4, 4)),
    encodeMessage(run, message(77, 2)),
    encodeMessage("other", order(0, 3)),
    encodeMessage(run, order(3, 3)),
    encodeControl("register", register),
    encodeControl("register", { ...register, contract: 9 }),
    ...HOSTILE.flatMap((name) => [
      encodeControl("register", { ...register, process: name }),
      encodeControl("register", { ...register, role: name }),
      encodeControl("register", { ...register, process: name, heldActors: [3] }),
      encodeControl("heartbeat", { process: name, epoch: 1, refused: 0 }),
    ]),
    encodeControl("scenarioRequest", { run: "other", part: 0 }),
    encodeControl("scenarioRequest", { run, part: 99_999 }),
    encodeControl("heartbeat", { process: "nobody", epoch: 1, refused: 0 }),
    encodeControl("heartbeat", { process, epoch: 1, refused: 0 }),
    encodeControl("finish", { epoch: 1, complete: true, reason: "", endNs: 0, leave: true, digest: "" }),
    encodeControl("finished", { epoch: 1, process, error: "AERO_E_ACTOR: no", digests: [], left: true, eventsRun: 0 }),
    encodeControl("start", { epoch: 1, unixMs: 5, speed: 1000, fenced: true, lagNs: 0 }),
    encodeControl("injectRequest", { run, fault: '{"fault":"crash","target":"nobody"}' }),
    encodeControl("injectRequest", { run, fault: "{" }),
    encodeControl("injectRequest", { run: "other", fault: '{"fault":"crash","target":"vm-01"}' }),
    ...encodeGrant({ epoch: 1, window: 9_999_999, horizonNs: 1e15, envelopes: [] }),
    ...encodeDone({ ...done, epoch: 1 }),
    seal(FRAME_OF.status, Buffer.from([1, 2, 3])),
  ];
}

/** A maker of bad messages, the same ones for the same seed. */
export function noiseFor(target: Target, seed: number): () => Uint8Array {
  const random = new Random(seed, "noise", "bytes");
  const whole = foreign(target);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));
  const makers: (() => Uint8Array)[] = [
    () => bytes(random.below(200)),
    () => pick(whole).subarray(0, random.below(40)),
    () => {
      const frame = Buffer.from(pick(whole));
      const at = random.below(frame.length);
      frame[at] = (frame[at] as number) ^ (1 << random.below(8));
      return frame;
    },
    () => seal(1 + random.below(20), bytes(random.below(60))),
    () => seal(1 + random.below(15), pick(whole).subarray(10), CONTRACT + 1 + random.below(9)),
    () => pick(whole),
  ];
  return () => (random.below(2000) === 0 ? OVERSIZED : pick(makers)());
}

/** Every subject on which somebody listens. */
export function subjectsOf({ run, scenario, processes }: Target): string[] {
  const roster = rosterOf(scenario);
  const subjects = new Subjects(run, roster);
  const actors = roster.filter(({ role }) => role !== "conductor").map(({ id }) => id);
  return [
    ...[subjects.scenario, subjects.status, subjects.inject],
    ...["guest", "hypervisor", "monitor", "nobody"].map((role) => subjects.register(role)),
    ...["nobody", ...processes].flatMap((process) => [
      subjects.renew(process),
      subjects.heartbeat(process),
      subjects.grant(process),
      subjects.done(process),
    ]),
    ...actors.flatMap((actor) => [
      subjects.order(actor),
      subjects.inbox(actor).replace("*", "vm-01"),
      subjects.inbox(actor).replace("*", "nobody"),
    ]),
  ];
}

/** Publishes `count` bad messages, a burst in each turn of the event loop. */
export async function shout(bus: Bus, target: Target, count: number, seed: number): Promise<void> {
  const subjects = subjectsOf(target);
  const noise = noiseFor(target, seed);
  for (let sent = 0; sent < count; sent++) {
    bus.publish(subjects[sent % subjects.length] as string, noise());
    if (sent % 500 === 499) await bus.flush();
  }
  await bus.flush();
}
