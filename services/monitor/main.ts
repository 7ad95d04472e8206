/** The process of the monitor: its actor, the journal, the HTTP server, and the results at the end. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AerostatError } from "../../lib/errors.ts";
import type { Company, RunEnd } from "../../lib/federate/company.ts";
import type { Enrolment } from "../../lib/federate/enrol.ts";
import { runService, type ServiceOptions } from "../../lib/federate/service.ts";
import { createLogger, type Logger } from "../../lib/logging.ts";
import { HTTP_TOKEN, tokenFor } from "./admission.ts";
import { Aggregator } from "./aggregate/aggregator.ts";
import { type HttpServer, type Shown, startHttp } from "./http.ts";
import { monitorFactory } from "./monitor.ts";
import { NO_RECORDER } from "./recorder.ts";
import { finaliseRun, isFinalised } from "./results/finalise.ts";
import { createRunFolder } from "./results/folder.ts";
import { openJournal } from "./results/replay.ts";

export interface MonitorProcessOptions extends ServiceOptions {
  /** Address of its HTTP server as HOST:PORT; port 0 takes a free one. Absent: no server. */
  readonly http?: string;
  /** Its pages may be read from other machines without a token. */
  readonly httpOpen?: boolean;
  /** Folder that gets the run's own folder. Absent: where the conductor says. */
  readonly out?: string;
}

/** `docker compose down` stops all at once: the run's end is worth waiting for, also where the conductor waits for somebody who is gone. */
const LINGER_MS = 5_000;

export async function runMonitorProcess(options: MonitorProcessOptions): Promise<void> {
  const log = createLogger("monitor", options.logLevel ?? "info");
  // Before it takes the monitor's place: who can not listen must not keep it from another.
  const http = await listening(options, log);
  try {
    await runService(options, { role: "monitor", lingerMs: LINGER_MS, open: (enrolment) => openMonitor(options, enrolment, http, log) });
  } finally {
    await http?.close();
  }
}

async function openMonitor(
  options: MonitorProcessOptions,
  enrolment: Enrolment,
  http: HttpServer | undefined,
  log: Logger,
): Promise<Company> {
  const { scenario } = enrolment;
  const folder = folderOf(options, enrolment);
  // One that died after its last word to the disk has left nothing to do.
  const journal = folder === undefined || isFinalised(folder) ? undefined : openJournal(folder);
  if (journal !== undefined && journal.earlier.records > 0) log.info(journal.earlier, "the record of an earlier start is taken up");
  const aggregator = journal?.aggregator ?? new Aggregator(scenario);
  const factory = monitorFactory(scenario, journal?.recorder ?? NO_RECORDER, aggregator);
  let condition = "running";
  http?.show({ aggregator, run: runOf(options, enrolment), condition: () => condition });
  let open = journal !== undefined;
  const shut = (): void => {
    if (open) journal?.recorder.close();
    open = false;
  };
  return {
    cast: () => factory,
    finish: async ({ complete, reason, endNs, digest }: RunEnd) => {
      condition = "finished";
      shut();
      if (folder === undefined || isFinalised(folder)) return;
      const { reportPath } = await finaliseRun(folder, { complete, reason, endNs, digest });
      log.info({ reportPath, complete }, "the results are written");
    },
    close: shut,
  };
}

/** The run's folder: made by whoever started the conductor, or here, where that was on another machine. */
function folderOf(options: MonitorProcessOptions, { outDir, command, scenario, virtual }: Enrolment): string | undefined {
  if (outDir === "") return undefined;
  const runs = options.out ?? dirname(outDir);
  const folder = join(runs, basename(outDir));
  if (existsSync(join(folder, "manifest.json"))) return folder;
  const clock = virtual ? "virtual" : "wall";
  return createRunFolder(runs, basename(outDir), scenario, { version: options.version, clock, bus: "nats", command });
}

function runOf({ version }: MonitorProcessOptions, { run, virtual }: Enrolment): Shown["run"] {
  return { id: run, clock: virtual ? "virtual" : "wall", bus: "nats", version };
}

async function listening(options: MonitorProcessOptions, log: Logger): Promise<HttpServer | undefined> {
  if (options.http === undefined) return undefined;
  const { host, port } = addressOf(options.http);
  const token = tokenFor(host, process.env[HTTP_TOKEN] || undefined, options.httpOpen ?? false);
  const server = await startHttp({
    host,
    port,
    token,
    onError: (error) => log.error({ error: String(error) }, "an error of the HTTP server"),
  });
  log.info({ url: server.url }, "the monitor's pages");
  return server;
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new AerostatError("AERO_E_INPUT", `--http ${text}: allowed is HOST:PORT, such as 127.0.0.1:8080`);
  return { host: (match[1] as string).replace(/^\[|\]$/g, ""), port };
}
