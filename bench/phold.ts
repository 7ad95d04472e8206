/**
 * PHOLD (Fujimoto 1990) on the kernel: 1,000 actors, one message in flight for each, random destinations and delays.
 *
 * Beside it runs the same event pattern on a bare heap, without actors, links, messages or digests: the ratio is what
 * those cost.
 */
import type { Actor, Context } from "../lib/engine/actor.ts";
import { EventHeap, timerEvent } from "../lib/engine/heap.ts";
import { Kernel } from "../lib/engine/kernel.ts";
import { Random } from "../lib/engine/random.ts";
import type { Measurement } from "./measure.ts";
import { eventsPerSecond, median } from "./measure.ts";

const ACTORS = 1000;
const EVENTS = 400_000;
const MEAN_NS = 1_000_000;

class Phold implements Actor {
  start(context: Context): void {
    context.after(context.random("delay").below(MEAN_NS), "go");
  }

  receive(_message: unknown, context: Context): void {
    context.after(Math.round(context.random("delay").exponential(MEAN_NS)), "go");
  }

  wake(_timer: string, _data: number, context: Context): void {
    const next = context.random("peer").below(ACTORS - 1);
    context.send(next < context.self ? next : next + 1, "inventoryRequest", { hostEpoch: 1 });
  }

  digest(): void {}
}

function onKernel(digest: boolean): number {
  const roster = Array.from({ length: ACTORS }, (_, id) => ({ id, name: `actor-${id}`, role: "guest" as const }));
  const kernel = new Kernel({ seed: 1, timing: { latencyNs: 1000, jitterNs: 0 }, roster, digest });
  for (const { id } of roster) kernel.add(id, () => new Phold());
  kernel.begin();
  return eventsPerSecond(() => {
    for (let horizonNs = MEAN_NS; kernel.eventsRun < EVENTS; horizonNs += MEAN_NS) kernel.runUntil(horizonNs);
    return kernel.eventsRun;
  });
}

function onBareHeap(): number {
  const heap = new EventHeap();
  const random = new Random(1, "phold", "bare");
  for (let id = 0; id < ACTORS; id++) heap.push(timerEvent(id, 1, id, random.below(MEAN_NS), "go", 0));
  return eventsPerSecond(() => {
    for (let run = 0; run < EVENTS; run++) {
      const event = heap.pop();
      if (event === undefined) break;
      heap.push(timerEvent(random.below(ACTORS), 1, run, event.timeNs + Math.round(random.exponential(MEAN_NS)), "go", 0));
    }
    return EVENTS;
  });
}

export function phold(): Measurement[] {
  const bare: number[] = [];
  const plain: number[] = [];
  const hashed: number[] = [];
  for (let round = 0; round < 5; round++) {
    bare.push(onBareHeap());
    plain.push(onKernel(false));
    hashed.push(onKernel(true));
  }
  const beside = { name: "bare heap", value: median(bare) };
  return [
    { bench: "phold", name: "kernel, 1,000 actors", value: median(plain), unit: "events/s", beside },
    { bench: "phold", name: "kernel with digests, 1,000 actors", value: median(hashed), unit: "events/s", beside },
  ];
}
