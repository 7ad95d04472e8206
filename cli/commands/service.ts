/**
 * `aerostat guest|hypervisor|monitor|conductor`: one service alone, on a bus that is there. Each loads its own code only:
 * many guests start at once.
 */
import { join, resolve } from "node:path";
import { accessOf, conductorAccess } from "../../lib/bus/access.ts";
import { AerostatError, EXIT_INTERRUPTED } from "../../lib/errors.ts";
import type { ServiceOptions } from "../../lib/federate/service.ts";
import { createLogger, type LogLevel } from "../../lib/logging.ts";
import { type WhereOptions, whereOf } from "../bus.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Io } from "../io.ts";
import type { ScenarioOptions } from "../loading.ts";
import { commandOf } from "../run/play.ts";
import { version } from "../version.ts";

interface Words extends WhereOptions {
  readonly log: LogLevel;
}

export async function guestService(words: Words & { readonly guests: number }, io: Io): Promise<number> {
  const { runGuestProcess } = await import("../../services/guest/main.ts");
  await runGuestProcess({ ...(await serviceOptions("guest", words, io)), capacity: words.guests });
  return 0;
}

export async function hypervisorService(words: Words, io: Io): Promise<number> {
  const { runHypervisorProcess } = await import("../../services/hypervisor/main.ts");
  await runHypervisorProcess(await serviceOptions("hypervisor", words, io));
  return 0;
}

interface MonitorWords extends Words {
  readonly http: string;
  readonly httpOpen?: boolean;
  readonly out?: string;
}

export async function monitorService(words: MonitorWords, io: Io): Promise<number> {
  const { http, httpOpen = false, out } = words;
  const { runMonitorProcess } = await import("../../services/monitor/main.ts");
  await runMonitorProcess({ ...(await serviceOptions("monitor", words, io)), http, httpOpen, ...(out === undefined ? {} : { out }) });
  return 0;
}

export interface ConductorWords extends Words, ScenarioOptions {
  readonly clock: "virtual" | "wall";
  readonly out: string;
  readonly wait: number;
  readonly beginWith?: number;
}

export async function conductorService(file: string, words: ConductorWords, io: Io): Promise<number> {
  const { loadChecked } = await import("../loading.ts");
  const { runConductor } = await import("../../services/conductor/main.ts");
  const { newRunId } = await import("../../services/monitor/results/folder.ts");
  const { scenario } = await loadChecked(file, { ...words, bus: "nats" }, io);
  const where = whereOf(words, io.env);
  if (words.beginWith !== undefined && words.clock === "virtual")
    throw new AerostatError("AERO_E_INPUT", "--begin-with: nobody can join a run in virtual time; allowed with --clock wall");
  const interrupt = onInterrupt(io);
  try {
    const result = await runConductor({
      scenario,
      run: where.run,
      ...(await conductorAccess(where, io.env)),
      version: version(),
      virtual: words.clock === "virtual",
      speed: scenario.speed,
      // Of this start alone: the bus' run id stays the same from one start to the next.
      outDir: join(resolve(words.out), newRunId(scenario.name)),
      command: commandOf(file, { ...words, bus: "nats" }, scenario),
      log: createLogger("conductor", words.log),
      rosterLimitMs: words.wait * 1000,
      leastGuests: words.beginWith,
      signal: interrupt.signal,
    });
    if (result.digest !== "") io.stdout.write(`digest  ${result.digest}\n`);
    return result.complete ? 0 : EXIT_INTERRUPTED;
  } finally {
    interrupt.release();
  }
}

async function serviceOptions(role: "guest" | "hypervisor" | "monitor", words: Words, io: Io): Promise<ServiceOptions> {
  const where = whereOf(words, io.env);
  return { run: where.run, nats: accessOf(role, where, io.env), version: version(), logLevel: words.log };
}
