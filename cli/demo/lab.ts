/** A laboratory on this machine: NATS server, one process per actor, and the conductor here. It leaves nothing behind. */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { accessOf, conductorAccess } from "../../lib/bus/access.ts";
import { connectNats } from "../../lib/bus/nats.ts";
import { type Broker, freePort, openBroker } from "../../lib/bus/server.ts";
import { shownUrl } from "../../lib/bus/url.ts";
import { AerostatError, Interrupted } from "../../lib/errors.ts";
import { type ConductProgress, type ConductResult, isFinishing } from "../../lib/federate/conduct.ts";
import { type Fleet, launchFleet } from "../../lib/federate/launch.ts";
import { createLogger } from "../../lib/logging.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { finaliseRun, isFinalised } from "../../services/monitor/results/finalise.ts";
import { createRunFolder, endUnwritten, newRunId, type RunResult } from "../../services/monitor/results/folder.ts";
import { journalsIn } from "../../services/monitor/results/journal.ts";
import { readManifest } from "../../services/monitor/results/manifest.ts";
import { version } from "../version.ts";
import { noticing } from "./notices.ts";

export interface LabOptions {
  readonly scenario: Scenario;
  /** Model seconds per second. */
  readonly speed: number;
  /** Default: the wall clock. */
  readonly virtual?: boolean;
  /** A server of our own speaks TLS. */
  readonly tls?: boolean | undefined;
  /** Default 1. */
  readonly guestsPerProcess?: number;
  /** Folder that gets the run's own folder. */
  readonly out: string;
  /** Repeats the run. */
  readonly command: readonly string[];
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** The processes have been started. */
  readonly onStarted: (where: Where) => void;
  readonly onProgress: (progress: ConductProgress) => void;
  /** Something that its user should know, such as the death of a process. */
  readonly onNotice: (text: string) => void;
}

export interface Where {
  readonly natsUrl: string;
  /** Folder of the keys that the server asks for; undefined: none. */
  readonly keys: string | undefined;
  readonly run: string;
  /** The monitor's page. */
  readonly pageUrl: string;
  /** What the processes log. */
  readonly logPath: string;
}

export interface LabResult {
  readonly folder: string;
  readonly result: RunResult;
  readonly eventsRun: number;
  /** What ended the run early; undefined: its end, or the signal. */
  readonly error: unknown;
}

/** How long a server has to answer. */
const CONNECT_MS = 5_000;
/** How long the processes have for leaving: who had a lease has said that it is done, and who had none will not hear of it. */
const LEAVE_MS = 2_000;

export async function playLab(options: LabOptions): Promise<LabResult> {
  const { scenario, out, command } = options;
  const run = newRunId(scenario.name);
  const facts = { version: version(), clock: options.virtual === true ? "virtual" : "wall", bus: "nats", command } as const;
  const broker = await openBroker(process.env, { tls: options.tls ?? false });
  const folder = await withBroker(broker, async () => {
    await answering(broker);
    return createRunFolder(resolve(out), run, { ...scenario, speed: options.speed }, facts);
  });
  const logPath = join(folder, "processes.log");
  const logFile = openSync(logPath, "a");
  let fleet: Fleet | undefined;
  let ended: ConductResult | undefined;
  let error: unknown;
  try {
    const httpPort = await freePort();
    const where = { natsUrl: broker.url, keys: broker.keys, run, pageUrl: `http://127.0.0.1:${httpPort}/`, logPath };
    const givenUp = new AbortController();
    const lost = AbortSignal.any([givenUp.signal, broker.lost]);
    fleet = launch(options, where, logFile, (reason) => givenUp.abort(reason));
    options.onStarted(where);
    ended = await conduct(options, where, folder, logFile, fleet, lost);
    if (lost.aborted) error = lost.reason;
    await withLimit(fleet.ended(), LEAVE_MS);
    if (error === undefined && ended.complete && !isFinalised(folder)) error = unwritten(where);
  } catch (thrown) {
    error = thrown;
  } finally {
    await fleet?.stop();
    await broker.stop();
    closeSync(logFile);
  }
  return { folder, result: await resultOf(folder, ended, error), eventsRun: ended?.eventsRun ?? 0, error };
}

function launch(options: LabOptions, where: Where, stderr: number, onLost: (reason: AerostatError) => void): Fleet {
  return launchFleet({
    natsUrl: where.natsUrl,
    keys: where.keys,
    run: where.run,
    guests: options.scenario.guests.length,
    guestsPerProcess: options.guestsPerProcess ?? 1,
    logLevel: "info",
    more: { monitor: ["--http", new URL(where.pageUrl).host] },
    stderr,
    log: createLogger("launcher", "info", noticing(stderr, options.onNotice)),
    onGivenUp: (role, why) =>
      onLost(new AerostatError("AERO_E_SILENT", `the ${role} process died again and again (${why}); what it said is in ${where.logPath}`)),
  });
}

async function conduct(
  options: LabOptions,
  where: Where,
  folder: string,
  logFile: number,
  fleet: Fleet,
  lost: AbortSignal,
): Promise<ConductResult> {
  const { scenario, speed, signal } = options;
  const onProgress = (progress: ConductProgress): void => {
    if (isFinishing(progress)) fleet.finishing();
    options.onProgress(progress);
  };
  return runConductor({
    scenario,
    run: where.run,
    ...(await conductorAccess({ url: where.natsUrl, keys: where.keys })),
    version: version(),
    virtual: options.virtual ?? false,
    speed,
    outDir: folder,
    command: options.command,
    log: createLogger("conductor", "info", noticing(logFile, options.onNotice)),
    signal: AbortSignal.any([signal, lost]),
    onProgress,
  });
}

function unwritten({ natsUrl, logPath }: Where): AerostatError {
  return new AerostatError(
    "AERO_E_SILENT",
    `the run is over, but the monitor did not write its results: is the NATS server at ${shownUrl(natsUrl)} there? The log is ${logPath}`,
  );
}

/** What must go well before the laboratory runs: else the server that was started for it is stopped. */
async function withBroker<T>(broker: Broker, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

/** Throws AERO_E_NATS where no server answers, before any process is started. */
async function answering(broker: Broker): Promise<void> {
  const bus = await connectNats({ ...accessOf("conductor", broker), name: "aerostat", waitMs: CONNECT_MS });
  await bus.close();
}

/** What the monitor wrote; where it could not, the results are made here from its journal. */
async function resultOf(folder: string, ended: ConductResult | undefined, error: unknown): Promise<RunResult> {
  if (isFinalised(folder)) {
    const summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as RunResult["summary"];
    return { folder, reportPath: join(folder, "report.html"), manifest: readManifest(folder), summary };
  }
  const reason = error instanceof Error ? error.message : (ended?.reason ?? "it was interrupted");
  try {
    return await finaliseRun(folder, { complete: false, reason, endNs: ended?.nowNs ?? 0, digest: "" });
  } catch (unfinished) {
    endUnwritten(folder, reason, ended?.nowNs ?? 0);
    // What went wrong first is what the user has to know.
    throw error ?? (journalsIn(folder).length === 0 && ended?.complete === false ? stoppedEarly(folder) : unfinished);
  }
}

function stoppedEarly(folder: string): Interrupted {
  return new Interrupted(`stopped before anything was recorded; what its processes said is in ${join(folder, "processes.log")}`);
}

function withLimit(work: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
