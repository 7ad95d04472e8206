/** What every service's process does around its actors: signals, its launcher's death, logs, traces. */
import type { NatsOptions } from "../bus/nats.ts";
import { shownUrl } from "../bus/url.ts";
import { AerostatError, EXIT_INTERRUPTED } from "../errors.ts";
import { createLogger, type Logger, type LogLevel } from "../logging.ts";
import type { Company } from "./company.ts";
import type { Enrolment } from "./enrol.ts";
import { failureText } from "./failure.ts";
import { type FederateOptions, runFederate } from "./federate.ts";
import { traceInto } from "./trace.ts";

export interface ServiceOptions {
  readonly run: string;
  readonly nats: NatsOptions;
  readonly version: string;
  readonly logLevel?: LogLevel;
  /** Makes the process leave in good order, beside SIGTERM and SIGINT. */
  readonly signal?: AbortSignal;
}

/** A launcher that set this holds the other end of our stdin: its end is the launcher's, and ours. */
export const PARENT_PIPE = "AEROSTAT_PARENT_PIPE";
/** Folder for traces of all events, for `aerostat verify`. */
export const TRACE_FOLDER = "AEROSTAT_TRACE_FOLDER";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

type Service = Pick<FederateOptions, "role" | "capacity" | "lingerMs"> & {
  readonly open: (enrolment: Enrolment, log: Logger) => Company | Promise<Company>;
};

/** Runs the process of a service to its end; throws what went wrong. */
export async function runService(options: ServiceOptions, service: Service): Promise<void> {
  const { run, version, logLevel = "info" } = options;
  const log = createLogger(service.role, logLevel);
  const nats = { ...options.nats, onWait: () => log.info(`waiting for the NATS server at ${shownUrl(options.nats.url)}`) };
  const stop = new AbortController();
  const stopped = (): void => (stop.signal.aborted ? process.exit(EXIT_INTERRUPTED) : stop.abort());
  for (const name of SIGNALS) process.on(name, stopped);
  const aborted = (): void => stop.abort();
  options.signal?.addEventListener("abort", aborted);
  const orphaned = (): void => {
    log.warn("the launcher is gone");
    stop.abort(new AerostatError("AERO_E_SILENT", "the process that started this one and conducted the run is gone"));
  };
  if (process.env[PARENT_PIPE] === "1") process.stdin.once("end", orphaned).once("error", orphaned).resume();
  const folder = process.env[TRACE_FOLDER];
  const files = folder ? traceInto(folder) : undefined;
  const open = async (enrolment: Enrolment): Promise<Company> => ({ ...(await service.open(enrolment, log)), trace: files?.trace });
  try {
    await runFederate({ ...service, run, nats, version, log, signal: stop.signal, open });
    log.info(stop.signal.aborted ? "left" : "finished");
  } catch (error) {
    // Told to go while it waited for a server: it was nobody yet.
    if (error === stop.signal.reason && !(error instanceof AerostatError)) return log.info("left");
    log.fatal({ error: failureText(error) }, "this process ends by an error");
    throw error;
  } finally {
    files?.flush();
    for (const name of SIGNALS) process.off(name, stopped);
    options.signal?.removeEventListener("abort", aborted);
    process.stdin.off("end", orphaned).off("error", orphaned).pause();
  }
}
