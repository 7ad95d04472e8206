/** The conductor's process: the state machine of a run, on the bus. */
import { connectNats } from "../../lib/bus/nats.ts";
import type { Bus, Delivery } from "../../lib/bus/port.ts";
import { Refusals } from "../../lib/bus/refusals.ts";
import { EVERY, lastToken, Subjects } from "../../lib/bus/subjects.ts";
import type { ConductOptions, ConductResult } from "../../lib/federate/conduct.ts";
import { unixMs } from "../../lib/federate/walltimer.ts";
import { Revoker } from "../../lib/keys/revoker.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import { type Control, type Controls, decodeControl, isRefusal, open } from "../../lib/wire/frame.ts";
import { awaitedNow } from "./awaited.ts";
import { Conductor } from "./conductor.ts";
import { Courier } from "./courier.ts";
import { Desk } from "./desk.ts";
import { type Revoke, Withdrawal } from "./withdrawal.ts";

const ROSTER_LIMIT_MS = 60_000;
const SILENT_LIMIT_MS = 60_000;
const EXPIRY_MS = 3_000;
/** How long a process has to acknowledge an order before it is told again. */
const ORDER_MS = 1_000;
const TICK_MS = 25;
const PROGRESS_TICKS = 8;
/** An acknowledgement. */
const NOTHING = new Uint8Array();

const INTERRUPTED = "it was interrupted";
/** Told to stop while it waited for a server. */
const NEVER_BEGAN: ConductResult = {
  complete: false,
  reason: INTERRUPTED,
  nowNs: 0,
  eventsRun: 0,
  windows: 0,
  digest: "",
  digests: new Map(),
  refused: 0,
};

/** Conducts one run over NATS. */
export async function runConductor(options: ConductOptions): Promise<ConductResult> {
  const { run, revoker: keys, signal } = options;
  const refusals = new Refusals((text) => options.log.warn(text));
  const nats = { ...options.nats, signal, onDenied: refusals.denied };
  let bus: Bus | undefined;
  let system: Bus | undefined;
  try {
    bus = await connectNats({ ...nats, name: `aerostat conductor ${run}` });
    if (keys === undefined) return await conductOn(bus, { ...options, refusals });
    system = await connectNats({ ...nats, rights: keys.rights, name: `aerostat revoker ${run}` });
    const revoker = new Revoker(system, keys);
    return await conductOn(bus, { ...options, refusals }, (userKeys) => revoker.revoke(userKeys, Math.floor(unixMs() / 1000)));
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return NEVER_BEGAN;
    throw error;
  } finally {
    await bus?.flush().catch(() => undefined);
    await bus?.close();
    await system?.close();
  }
}

type Played = ConductOptions & { readonly refusals?: Refusals };

/** The same over any bus. `revoke`: takes back rights that came with a lease. */
export function conductOn(bus: Bus, options: Played, revoke?: Revoke): Promise<ConductResult> {
  const { scenario, run, log, refusals = new Refusals((text) => log.warn(text)) } = options;
  const subjects = new Subjects(run, rosterOf(scenario));
  const courier = new Courier((destination, frame) => bus.request(subjects.order(destination), frame, ORDER_MS));
  const conductor = new Conductor({
    scenario,
    run,
    version: options.version,
    virtual: options.virtual,
    speed: options.speed ?? scenario.speed,
    epoch: Math.floor(unixMs() * 1000),
    log,
    refusals,
    rosterLimitMs: options.rosterLimitMs ?? ROSTER_LIMIT_MS,
    silentLimitMs: options.silentLimitMs ?? SILENT_LIMIT_MS,
    expiryMs: options.expiryMs ?? EXPIRY_MS,
    leastGuests: options.leastGuests,
    tickMs: TICK_MS,
    send: (process, frame) => bus.publish(subjects.grant(process), frame),
    orders: courier,
    onLeaseEnd: (lease) => withdrawal?.ended(lease),
  });
  const withdrawal = revoke && new Withdrawal(revoke, () => conductor.roster.leases(), log);
  const results = { outDir: options.outDir ?? "", command: options.command ?? [] };
  listen(bus, subjects, conductor, new Desk(conductor, results, options.issuer), refusals);
  listenToProcesses(bus, subjects, conductor, refusals, options.milestone);
  bus.onStatus((status) => {
    log.warn(`the bus is ${status}`);
    if (status === "reconnected" && conductor.phase === "running") conductor.clock.reconnected();
  });
  return played(conductor, options, refusals).finally(async () => {
    courier.close();
    for (const [actor, count] of courier.untold()) {
      log.warn({ actor: conductor.roster.names([actor])[0], count }, "fault orders were never acknowledged");
    }
    await withdrawal?.close();
  });
}

/** Ticks until the run is done. */
function played(conductor: Conductor, options: ConductOptions, refusals: Refusals): Promise<ConductResult> {
  const { signal, onProgress, scenario } = options;
  const actors = conductor.entries.length - 1;
  let ticks = 0;
  return new Promise((resolve, reject) => {
    const stopped = (): void => conductor.stop(INTERRUPTED, unixMs());
    const tick = (): void => {
      const nowMs = unixMs();
      if (signal?.aborted) stopped();
      conductor.tick(nowMs);
      const { phase, clock } = conductor;
      if (ticks++ % PROGRESS_TICKS === 0 || phase === "done") {
        const present = conductor.roster.present(nowMs).reduce((sum, lease) => sum + lease.actors.length, 0);
        const times = { nowNs: conductor.nowNs(nowMs), endNs: scenario.durationNs, window: clock.window };
        onProgress?.({ phase, ...times, present, actors, waitingFor: awaitedNow(conductor, nowMs) });
      }
      if (phase !== "done") return;
      clearInterval(ticker);
      signal?.removeEventListener("abort", stopped);
      const { error, ...outcome } = conductor.outcome();
      if (error === undefined) resolve({ ...outcome, refused: refusals.total });
      else reject(error);
    };
    const ticker = setInterval(tick, TICK_MS);
    signal?.addEventListener("abort", stopped);
  });
}

function listen(bus: Bus, subjects: Subjects, conductor: Conductor, desk: Desk, refusals: Refusals): void {
  type Answer = Uint8Array | Promise<Uint8Array> | undefined;
  const failed = (name: Control) => (error: unknown) => {
    conductor.options.log.error({ error: String(error) }, `a ${name} could not be answered`);
    refusals.add("malformed", name);
  };
  const on = <K extends Control>(subject: string, name: K, handle: (message: Controls[K], delivery: Delivery) => Answer) =>
    bus.subscribe(subject, (delivery) => {
      const message = decodeControl(name, delivery.data);
      if (isRefusal(message)) return refusals.add(message.refused, name);
      const answer = handle(message, delivery);
      if (answer === undefined) refusals.add("stale", name);
      else if (answer instanceof Promise) answer.then((bytes) => delivery.respond(bytes)).catch(failed(name));
      else delivery.respond(answer);
    });
  const register = (message: Controls["register"]): Answer => desk.register(message, unixMs());
  // The subject is what the sender's key allows: as a role it may ask for a lease, as a process for its own again.
  on(subjects.register(EVERY), "register", (message, { subject }) =>
    lastToken(subject) === message.role && message.heldActors.length === 0 ? register(message) : undefined,
  );
  on(subjects.renew(EVERY), "register", (message, { subject }) =>
    lastToken(subject) === message.process && message.heldActors.length > 0 ? register(message) : undefined,
  );
  on(subjects.scenario, "scenarioRequest", (message) => desk.scenario(message));
  on(subjects.heartbeat(EVERY), "heartbeat", (message, { subject }) =>
    lastToken(subject) === message.process ? desk.heartbeat(message, unixMs()) : undefined,
  );
  on(subjects.status, "statusRequest", () => desk.status(unixMs()));
  on(subjects.inject, "injectRequest", (message) => desk.inject(message, unixMs()));
}

function listenToProcesses(
  bus: Bus,
  subjects: Subjects,
  conductor: Conductor,
  refusals: Refusals,
  milestone: ConductOptions["milestone"],
): void {
  let ahead = milestone;
  bus.subscribe(subjects.done(EVERY), (delivery) => {
    const opened = open(delivery.data);
    const refused = isRefusal(opened) ? opened.refused : conductor.take(lastToken(delivery.subject), opened, unixMs());
    if (refused === undefined) delivery.respond(NOTHING);
    else refusals.add(refused, "clock.done");
    if (ahead === undefined || conductor.clock.nowNs(0) < ahead.atNs) return;
    const { reached } = ahead;
    ahead = undefined;
    reached();
  });
}
