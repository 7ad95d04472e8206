/** One kernel per actor, moved in the conductor's windows without a bus: what the virtual clock promises, in one process. */
import type { ActorId } from "../../lib/engine/actor.ts";
import type { Kernel } from "../../lib/engine/kernel.ts";
import { runDigest } from "../../lib/engine/rundigest.ts";
import { allActors, type Cast, endOf, kernelOf } from "../../lib/federate/run.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { type Message, SILENT } from "../../lib/wire/messages.ts";

/** The run's digest. Throws where a message is due before the horizon up to which everybody has run. */
export function digestInWindows(scenario: Scenario, cast: Cast): string {
  const endNs = endOf(scenario);
  const onTheWay: Message[] = [];
  const outbox = (message: Message): void => void onTheWay.push(message);
  const shared = { scenario, cast, outbox, digest: true, faults: true };
  const kernels = new Map<ActorId, Kernel>(allActors(scenario).map((id) => [id, kernelOf({ ...shared, actors: [id] })]));
  for (const kernel of kernels.values()) kernel.begin();
  let horizonNs = 0;
  for (;;) {
    let earliestNs = Number.POSITIVE_INFINITY;
    let nextNs = Number.POSITIVE_INFINITY;
    for (const message of onTheWay) {
      if (message.deliverAtNs < horizonNs) throw new Error(`"${message.kind}" is due at ${message.deliverAtNs}, before ${horizonNs}`);
      nextNs = Math.min(nextNs, message.deliverAtNs);
      if (!SILENT.has(message.kind)) earliestNs = Math.min(earliestNs, message.deliverAtNs);
    }
    for (const kernel of kernels.values()) {
      nextNs = Math.min(nextNs, kernel.nextEventNs());
      earliestNs = Math.min(earliestNs, kernel.earliestEmissionNs());
    }
    if (nextNs > endNs) break;
    horizonNs = Math.min(earliestNs + scenario.network.latencyNs, endNs + 1);
    // In reverse: the order in which messages reach a process decides nothing.
    for (const message of onTheWay.splice(0).reverse()) kernels.get(message.destination)?.deliver(message);
    for (const kernel of kernels.values()) kernel.runUntil(horizonNs);
  }
  return runDigest(new Map([...kernels.values()].flatMap((kernel) => [...kernel.digests()])));
}
