/** Runs scenarios side by side, each in a thread of its own; with one thread, in this one. */
import { Worker } from "node:worker_threads";
import { builtUrl } from "../../lib/built.ts";
import { AerostatError } from "../../lib/errors.ts";
import { type Run, runOne, type Variant } from "./one.ts";
import type { Answer } from "./worker.ts";

export interface PoolOptions {
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called as runs end, in the order in which they do. */
  readonly onRun: (run: Run, done: number) => void;
}

/** The runs in the order of the variants; undefined where `signal` ended them early. Throws at the first that fails. */
export async function runAll(variants: readonly Variant[], options: PoolOptions): Promise<Run[] | undefined> {
  const { threads, signal, onRun } = options;
  const runs: Run[] = new Array(variants.length);
  let next = 0;
  let done = 0;
  const work = async (play: Play): Promise<void> => {
    while (next < variants.length && !signal.aborted) {
      const index = next++;
      const run = await play(variants[index] as Variant);
      if (run === undefined) return;
      runs[index] = run;
      onRun(run, ++done);
    }
  };
  if (threads <= 1) await work((variant) => inThisThread(variant, signal));
  else await withWorkers(Math.min(threads, variants.length), signal, (plays) => Promise.all(plays.map(work)));
  return signal.aborted ? undefined : runs;
}

type Play = (variant: Variant) => Promise<Run | undefined>;

async function inThisThread(variant: Variant, signal: AbortSignal): Promise<Run | undefined> {
  try {
    return await runOne(variant, signal);
  } catch (error) {
    if (!(error instanceof AerostatError)) throw error;
    throw failure(variant, error);
  }
}

async function withWorkers(count: number, signal: AbortSignal, work: (plays: Play[]) => Promise<unknown>): Promise<void> {
  const workers = Array.from({ length: count }, () => new Worker(builtUrl("cli/compare/worker.js")));
  const end = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal.addEventListener("abort", end);
  try {
    await work(workers.map((worker) => (variant) => inWorker(worker, variant, signal)));
  } finally {
    signal.removeEventListener("abort", end);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function inWorker(worker: Worker, variant: Variant, signal: AbortSignal): Promise<Run | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      worker.off("message", heard).off("error", failed).off("exit", ended);
      outcome();
    };
    const heard = (answer: Answer): void => {
      settle(() => ("run" in answer ? resolve(answer.run) : reject(failure(variant, answer))));
    };
    const failed = (error: Error): void => settle(() => reject(failure(variant, { code: "AERO_E_ACTOR", message: error.message })));
    const ended = (): void => {
      if (signal.aborted) settle(() => resolve(undefined));
      else failed(new Error("its thread ended"));
    };
    worker.on("message", heard).on("error", failed).on("exit", ended);
    worker.postMessage(variant);
  });
}

/** What failed, under which policy and seed, so that `aerostat run` can show it again. */
function failure({ label, scenario }: Variant, { code, message }: Pick<AerostatError, "code" | "message">): AerostatError {
  return new AerostatError(code, `policy "${label}", seed ${scenario.seed}: ${message}`);
}
