/**
 * Proves for one scenario that a run does not depend on where it runs: in one process, with one process per actor over NATS,
 * with several guests per process, and with the NATS server killed and started again in mid-run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conductorAccess } from "../bus/access.ts";
import { type Broker, findNatsServer, openBroker, startNatsServer } from "../bus/server.ts";
import type { ActorId } from "../engine/actor.ts";
import { AerostatError, Interrupted } from "../errors.ts";
import type { Logger } from "../logging.ts";
import { rosterOf } from "../scenario/roster.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Conduct } from "./conduct.ts";
import { launchFleet } from "./launch.ts";
import { runLocalVirtual } from "./local.ts";
import type { Cast } from "./run.ts";
import { TRACE_FOLDER } from "./service.ts";
import { type Difference, firstDifference, traceInto } from "./trace.ts";

export interface VerifyOptions {
  readonly scenario: Scenario;
  /** All actors of the scenario, in this process. */
  readonly cast: (scenario: Scenario) => Cast;
  /** services/conductor: lib can not name it. */
  readonly conduct: Conduct;
  readonly version: string;
  readonly log: Logger;
  /** Program of the processes, as for launchFleet. */
  readonly entry?: string;
  readonly guestsPerProcess?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly form: string;
  readonly nowNs: number;
  readonly endNs: number;
}

export interface VerifiedForm {
  readonly name: string;
  readonly digest: string;
  readonly digests: ReadonlyMap<ActorId, string>;
  readonly wallS: number;
  readonly eventsRun: number;
  /** 0 for the run in one process. */
  readonly processes: number;
  readonly windows: number;
}

export interface VerifyReport {
  readonly equal: boolean;
  /** The first is the run in one process: the others are held against it. */
  readonly forms: readonly VerifiedForm[];
  /** Forms that could not be run here, and why. */
  readonly skipped: readonly string[];
  /** Where a form differs: it and the actors whose digests do. */
  readonly differs?: { readonly form: string; readonly actors: readonly string[]; readonly first: Difference | undefined };
}

interface Form {
  readonly name: string;
  readonly guestsPerProcess: number;
  readonly restart: boolean;
}

const DOWN_MS = 200;
const DEFAULT_GUESTS = 4;
export async function verifyScenario(options: VerifyOptions): Promise<VerifyReport> {
  // Only a server of our own can be restarted.
  const broker = findNatsServer() === undefined ? await openBroker() : await startNatsServer();
  const several = options.guestsPerProcess ?? DEFAULT_GUESTS;
  const wanted: Form[] = [
    { name: "one process per actor, NATS", guestsPerProcess: 1, restart: false },
    { name: `${several} guests per process, NATS`, guestsPerProcess: several, restart: false },
    { name: "NATS server restarted in mid-run", guestsPerProcess: several, restart: true },
  ];
  try {
    const forms = [await runLocal(options)];
    const local = forms[0] as VerifiedForm;
    const skipped = broker.external ? [`${(wanted[2] as Form).name}: the server of AEROSTAT_NATS_URL is not ours to restart`] : [];
    for (const form of wanted.filter(({ restart }) => !restart || !broker.external)) {
      const made = await runForm(options, broker, form);
      forms.push(made);
      if (made.digest === local.digest) continue;
      const actors = unequal(options.scenario, local, made);
      return { equal: false, forms, skipped, differs: { form: form.name, actors, first: await firstOf(options, broker, form) } };
    }
    return { equal: true, forms, skipped };
  } finally {
    await broker.stop();
  }
}

function stopped(): Interrupted {
  return new Interrupted("the verification was stopped before its end");
}

async function runLocal(options: VerifyOptions, folder?: string): Promise<VerifiedForm> {
  const { scenario, cast, signal } = options;
  const files = folder === undefined ? undefined : traceInto(folder);
  const beganMs = performance.now();
  const result = await runLocalVirtual({
    scenario,
    cast: cast(scenario),
    onProgress: ({ nowNs, endNs }) => options.onProgress?.({ form: "one process", nowNs, endNs }),
    ...(signal === undefined ? {} : { signal }),
    ...(files === undefined ? {} : { trace: files.trace }),
  });
  files?.flush();
  if (!result.complete) throw stopped();
  const { digest, digests, eventsRun } = result;
  return { name: "one process", digest, digests, wallS: (performance.now() - beganMs) / 1000, eventsRun, processes: 0, windows: 0 };
}

let runs = 0;

async function runForm(options: VerifyOptions, broker: Broker, form: Form, folder?: string): Promise<VerifiedForm> {
  const { scenario, conduct, version, log, entry, signal } = options;
  const run = `verify-${process.pid}-${++runs}`;
  const beganMs = performance.now();
  const stop = new AbortController();
  const aborted = (): void => stop.abort();
  signal?.addEventListener("abort", aborted);
  if (signal?.aborted) stop.abort();
  let restarting: Promise<void> | undefined;
  let failed: unknown;
  const giveUp = (why: unknown): void => {
    failed = why;
    stop.abort();
  };
  const gone = (): void => giveUp(broker.lost.reason);
  broker.lost.addEventListener("abort", gone);
  const fleet = launchFleet({
    natsUrl: broker.url,
    keys: broker.keys,
    run,
    guests: scenario.guests.length,
    guestsPerProcess: form.guestsPerProcess,
    // A server that is restarted on purpose is no news.
    logLevel: "error",
    log,
    ...(entry === undefined ? {} : { entry }),
    ...(folder === undefined ? {} : { env: { [TRACE_FOLDER]: folder } }),
    onGivenUp: (role, why) => {
      giveUp(new AerostatError("AERO_E_REGISTER", `a ${role} process dies again and again (${why})`));
    },
  });
  const restart = (): void => {
    restarting = broker.restart(DOWN_MS).catch(giveUp);
  };
  try {
    const result = await conduct({
      scenario,
      run,
      ...(await conductorAccess(broker)),
      version,
      virtual: true,
      log,
      signal: stop.signal,
      onProgress: ({ nowNs, endNs }) => options.onProgress?.({ form: form.name, nowNs, endNs }),
      ...(form.restart ? { milestone: { atNs: scenario.durationNs / 2, reached: restart } } : {}),
    });
    if (failed !== undefined) throw failed;
    if (!result.complete) throw stopped();
    if (form.restart && restarting === undefined)
      throw new AerostatError("AERO_E_DIGEST", "the run was over before the NATS server could be restarted");
    const processes = 2 + Math.ceil(scenario.guests.length / form.guestsPerProcess);
    const { digest, digests, eventsRun, windows } = result;
    return { name: form.name, digest, digests, wallS: (performance.now() - beganMs) / 1000, eventsRun, processes, windows };
  } finally {
    signal?.removeEventListener("abort", aborted);
    broker.lost.removeEventListener("abort", gone);
    await restarting;
    await fleet.stop();
  }
}

function unequal(scenario: Scenario, a: VerifiedForm, b: VerifiedForm): string[] {
  const actors = rosterOf(scenario).filter(({ role }) => role !== "conductor");
  return actors.filter(({ id }) => a.digests.get(id) !== b.digests.get(id)).map(({ name }) => name);
}

/** Runs both again with every event recorded. Undefined where all events are equal: then only states differ. */
async function firstOf(options: VerifyOptions, broker: Broker, form: Form): Promise<Difference | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "aerostat-verify-"));
  try {
    const [here, there] = [join(folder, "one"), join(folder, "many")];
    await runLocal(options, here);
    await runForm(options, broker, form, there);
    return firstDifference(here, there, rosterOf(options.scenario));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
