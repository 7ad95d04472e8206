/** A whole run in one process, without a server, on either clock. */
import type { ActorId } from "../engine/actor.ts";
import type { Trace } from "../engine/history.ts";
import type { Kernel } from "../engine/kernel.ts";
import { runDigest } from "../engine/rundigest.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Message } from "../wire/messages.ts";
import { allActors, type Cast, endOf, kernelOf } from "./run.ts";
import { ServiceLag } from "./servicelag.ts";
import { TickLag } from "./ticklag.ts";
import { unixMs, WallTimer } from "./walltimer.ts";

export interface Progress {
  readonly nowNs: number;
  readonly endNs: number;
  readonly eventsRun: number;
}

export interface LocalOptions {
  readonly scenario: Scenario;
  readonly cast: Cast;
  /** Stop before the scenario's end, at this model time. */
  readonly untilNs?: number;
  /** Called a few times a second. The run waits for a promise: that is how a slow recorder holds it back. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>;
  /** Ends the run early; it is then not complete. */
  readonly signal?: AbortSignal;
}

export interface LocalResult {
  readonly complete: boolean;
  readonly nowNs: number;
  readonly eventsRun: number;
  /** Empty on the wall clock. */
  readonly digest: string;
  readonly digests: ReadonlyMap<ActorId, string>;
}

/** Wall time between two turns of the event loop. */
const TURN_MS = 50;
const FIRST_CHUNK_NS = 100_000_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs the scenario as fast as it goes. Throws what an actor throws, with its name and the time. */
export async function runLocalVirtual(options: LocalOptions & { readonly trace?: Trace }): Promise<LocalResult> {
  const { scenario, cast, trace } = options;
  const kernel = kernelOf({ scenario, cast, actors: allActors(scenario), trace, digest: true, faults: true });
  try {
    return await playVirtual(kernel, options, options.untilNs ?? endOf(scenario));
  } finally {
    kernel.end();
  }
}

async function playVirtual(kernel: Kernel, options: LocalOptions, endNs: number): Promise<LocalResult> {
  const { signal } = options;
  kernel.begin();
  let chunkNs = FIRST_CHUNK_NS;
  let turnMs = performance.now();
  while (kernel.nextEventNs() <= endNs && !signal?.aborted) {
    const beganMs = performance.now();
    kernel.runUntil(Math.min(kernel.nextEventNs() + chunkNs, endNs + 1));
    const tookMs = performance.now() - beganMs;
    // The chunk decides when others get a turn, never what happens.
    chunkNs = Math.max(1, Math.round(chunkNs * Math.min(2, Math.max(0.5, TURN_MS / Math.max(tookMs, 0.01)))));
    if (beganMs + tookMs < turnMs + TURN_MS) continue;
    await options.onProgress?.({ nowNs: kernel.nowNs, endNs, eventsRun: kernel.eventsRun });
    await nextTurn();
    turnMs = performance.now();
  }
  const complete = !signal?.aborted;
  if (complete) kernel.advanceTo(endNs);
  const digests = kernel.digests();
  return { complete, nowNs: kernel.nowNs, eventsRun: kernel.eventsRun, digest: runDigest(digests), digests };
}

const PROGRESS_MS = 250;

/** Runs the scenario in real time, `speed` model seconds per second. */
export async function runLocalWall(options: LocalOptions & { readonly speed?: number }): Promise<LocalResult> {
  const { scenario, cast, signal } = options;
  const endNs = options.untilNs ?? endOf(scenario);
  const kernel = kernelOf({ scenario, cast, actors: allActors(scenario), digest: false, faults: true });
  await playOnWall(kernel, options, options.speed ?? scenario.speed, endNs).finally(() => kernel.end());
  return { complete: !signal?.aborted, nowNs: kernel.nowNs, eventsRun: kernel.eventsRun, digest: "", digests: new Map() };
}

function playOnWall(kernel: Kernel, options: LocalOptions, speed: number, endNs: number): Promise<void> {
  const { onProgress, signal } = options;
  return new Promise<void>((resolve, reject) => {
    const periodMs = Math.min(PROGRESS_MS, Math.max(1, endNs / 1e6 / speed / 4));
    const ticks = new TickLag(periodMs);
    let ticker: NodeJS.Timeout | undefined;
    let lag: ServiceLag | undefined;
    const end = (settle: () => void): void => {
      clearInterval(ticker);
      lag?.stop();
      timer.stop();
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const aborted = (): void => end(resolve);
    const timer = new WallTimer({
      kernel,
      speed,
      durationNs: Math.min(endNs, options.scenario.durationNs),
      endNs,
      onError: (error) => end(() => reject(error)),
    });
    const tick = (): void => {
      ticks.tick(unixMs());
      lag?.noteConductor(ticks.takeNs());
      const nowNs = timer.nowNs();
      const told = onProgress?.({ nowNs, endNs, eventsRun: kernel.eventsRun });
      Promise.resolve(told).catch((error) => end(() => reject(error)));
      if (nowNs >= endNs && kernel.nextEventNs() > endNs) end(resolve);
    };
    if (signal?.aborted) return resolve();
    signal?.addEventListener("abort", aborted);
    kernel.begin();
    timer.start(unixMs());
    const deliver = (message: Message): void => {
      kernel.deliver(message);
      timer.arm();
    };
    lag = new ServiceLag({ incarnation: 1, speed, nowNs: () => timer.nowNs(), deliver });
    ticker = setInterval(tick, periodMs);
  });
}
