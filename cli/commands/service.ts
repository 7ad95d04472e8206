/** `aerostat guest|hypervisor|monitor|conductor`: one service alone, on a bus that is there. */
import { join, resolve } from "node:path";
import { natsOptionsOf } from "../../lib/bus/nats.ts";
import type { ServiceOptions } from "../../lib/federate/service.ts";
import { createLogger, type LogLevel } from "../../lib/logging.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { runGuestProcess } from "../../services/guest/main.ts";
import { runHypervisorProcess } from "../../services/hypervisor/main.ts";
import { runMonitorProcess } from "../../services/monitor/main.ts";
import { newRunId } from "../../services/monitor/results/folder.ts";
import { type WhereOptions, whereOf } from "../bus.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { loadChecked, type ScenarioOptions } from "../loading.ts";
import { version } from "../version.ts";

interface Words extends WhereOptions {
  readonly log: LogLevel;
}

export async function guestService(words: Words & { readonly guests: number }, io: Io): Promise<number> {
  await runGuestProcess({ ...serviceOptions(words, io), capacity: words.guests });
  return 0;
}

export async function hypervisorService(words: Words, io: Io): Promise<number> {
  await runHypervisorProcess(serviceOptions(words, io));
  return 0;
}

export async function monitorService(words: Words & { readonly http: string; readonly out?: string }, io: Io): Promise<number> {
  const { http, out } = words;
  await runMonitorProcess({ ...serviceOptions(words, io), http, ...(out === undefined ? {} : { out }) });
  return 0;
}

export interface ConductorWords extends Words, ScenarioOptions {
  readonly clock: "virtual" | "wall";
  readonly out: string;
  readonly wait: number;
}

export async function conductorService(file: string, words: ConductorWords, io: Io): Promise<number> {
  const { scenario } = await loadChecked(file, words, io);
  const { run, nats, version: ours } = serviceOptions(words, io);
  const interrupt = onInterrupt(io);
  try {
    const result = await runConductor({
      scenario,
      run,
      nats,
      version: ours,
      virtual: words.clock === "virtual",
      speed: scenario.speed,
      // Of this start alone: the bus' run id stays the same from one start to the next.
      outDir: join(resolve(words.out), newRunId(scenario.name)),
      log: createLogger("conductor", words.log),
      rosterLimitMs: words.wait * 1000,
      signal: interrupt.signal,
    });
    if (result.digest !== "") io.stdout.write(`digest  ${result.digest}\n`);
    return result.complete ? 0 : EXIT_INTERRUPTED;
  } finally {
    interrupt.release();
  }
}

const EXIT_INTERRUPTED = 130;

function serviceOptions(words: Words, io: Io): ServiceOptions {
  const { url, run } = whereOf(words, io.env);
  return { run, nats: natsOptionsOf(url, io.env), version: version(), logLevel: words.log };
}
