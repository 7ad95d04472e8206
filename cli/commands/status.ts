/** `aerostat status`: roster, versions, clock, and who waits for whom, as the conductor sees it. */
import { showTime } from "../../lib/scenario/schema/units.ts";
import type { ProcessStatus, Status } from "../../lib/wire/messages.ts";
import { table } from "../../services/monitor/summary-table.ts";
import { ask, type WhereOptions, whereOf } from "../bus.ts";
import { type Io, writeJson } from "../io.ts";

export interface StatusOptions extends WhereOptions {
  readonly json?: boolean;
}

/** More actors than this are counted, not listed. */
const MOST_ACTORS = 8;

const HEAD = ["role", "process", "pid", "version", "last heard", "next event", "refused", "actor:incarnation"];

export async function statusCommand(options: StatusOptions, io: Io): Promise<number> {
  const where = whereOf(options, io.env);
  const status = await ask(where, "status", ["statusRequest", { run: where.run }], "status");
  if (options.json) writeJson(io, status);
  else io.stdout.write(`${statusLines(status).join("\n")}\n`);
  return 0;
}

export function statusLines(status: Status): string[] {
  const clock = status.virtualClock ? `virtual clock, window ${status.window}` : "wall clock";
  const share = status.endNs > 0 ? ` (${Math.round((100 * status.nowNs) / status.endNs)} %)` : "";
  return [
    `run ${status.run}, scenario ${status.scenarioName}, version ${status.version}`,
    `${status.phase}, ${clock}, at ${showTime(status.nowNs)} of ${showTime(status.endNs)}${share}`,
    "",
    ...table([HEAD, ...status.processes.map(cellsOf)]),
    "",
    status.waitingFor.length === 0 ? "nobody is waited for" : `waiting for: ${status.waitingFor.join(", ")}`,
  ];
}

function cellsOf(process: ProcessStatus): readonly string[] {
  return [
    process.role,
    process.process,
    String(process.pid),
    process.version,
    `${Math.round(process.lastHeardMs)} ms ago`,
    process.nextEventNs < 0 ? "-" : showTime(process.nextEventNs),
    String(process.refused),
    actorsOf(process),
  ];
}

function actorsOf(process: ProcessStatus): string {
  if (process.actors.length > MOST_ACTORS) return `${process.actors.length} actors`;
  return process.actors.map((actor, index) => `${actor}:${process.incarnations[index] ?? 1}`).join(" ");
}
