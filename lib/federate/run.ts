/** What every way of running a scenario shares: who plays which actor, where a run ends, and its kernel. */
import { type ActorFactory, type ActorId, MONITOR, type RosterEntry } from "../engine/actor.ts";
import type { Trace } from "../engine/history.ts";
import { Kernel } from "../engine/kernel.ts";
import { rosterOf } from "../scenario/roster.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Message } from "../wire/messages.ts";
import { faultOrders, newsMessage } from "./schedule.ts";

/** Gives an actor's factory by its entry in the roster. A process has only those of its own role. */
export type Cast = (entry: RosterEntry) => ActorFactory;

/** Model time up to and with which a run goes: what was sent at the end of the scenario still arrives, and no tick of the host comes. */
export function endOf({ durationNs, network }: Scenario): number {
  return durationNs + network.latencyNs + network.jitterNs;
}

export interface Crew {
  readonly scenario: Scenario;
  readonly cast: Cast;
  /** The actors that run here. */
  readonly actors: readonly ActorId[];
  /** By actor; absent: 1. */
  readonly incarnations?: readonly number[];
  readonly outbox?: (message: Message) => void;
  readonly trace?: Trace | undefined;
  /** Whether digests are kept: in virtual time. */
  readonly digest: boolean;
  /** Whether the scenario's faults are in the queue from the start: not where the conductor orders them. */
  readonly faults: boolean;
}

/** A kernel with its actors, not begun. */
export function kernelOf(crew: Crew): Kernel {
  const { scenario, cast, actors, incarnations, outbox, trace, digest, faults } = crew;
  const roster = rosterOf(scenario);
  const kernel = new Kernel({
    seed: scenario.seed,
    timing: scenario.network,
    roster,
    digest,
    ...(outbox === undefined ? {} : { outbox }),
    ...(trace === undefined ? {} : { trace }),
  });
  for (const [index, id] of actors.entries()) kernel.add(id, cast(roster[id] as RosterEntry), incarnations?.[index] ?? 1);
  if (!faults) return kernel;
  const here = new Set(actors);
  for (const scheduled of faultOrders(scenario, roster)) {
    const { atNs, destination, order, sequence } = scheduled;
    if (order.active && here.has(MONITOR)) kernel.deliver(newsMessage(scheduled, roster));
    if (here.has(destination)) kernel.schedule(atNs, destination, order, sequence);
  }
  return kernel;
}

/** Every actor but the conductor. */
export function allActors(scenario: Scenario): ActorId[] {
  return rosterOf(scenario)
    .filter((entry) => entry.role !== "conductor")
    .map((entry) => entry.id);
}
