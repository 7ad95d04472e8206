/** `aerostat status`: roster, versions, clock, and who waits for whom, as the conductor sees it. */
import type { ProcessStatus, Status } from "../../lib/wire/messages.ts";
import { formatNs } from "../../services/monitor/format.ts";
import { table } from "../../services/monitor/summary-table.ts";
import { ask, type WhereOptions, whereOf } from "../bus.ts";
import { type Io, writeJson } from "../io.ts";
import { clock } from "../terminal/format.ts";

export interface StatusOptions extends WhereOptions {
  readonly json?: boolean;
}

/** More actors than this are counted, not listed. */
const MOST_ACTORS = 8;

const HEAD = ["role", "process", "pid", "version", "last heard", "next event", "refused", "plays"];

export async function statusCommand(options: StatusOptions, io: Io): Promise<number> {
  const where = whereOf(options, io.env);
  const status = await ask(where, "status", ["statusRequest", { run: where.run }], "status");
  if (options.json) writeJson(io, status);
  else io.stdout.write(`${statusLines(status).join("\n")}\n`);
  return 0;
}

export function statusLines(status: Status): string[] {
  const kind = status.virtualClock ? `virtual clock, window ${status.window}` : "wall clock";
  // Of the virtual clock those are processes that have not answered.
  const unplayed = status.virtualClock || status.phase !== "running" ? [] : status.waitingFor;
  const share = status.endNs > 0 ? ` (${Math.round((100 * status.nowNs) / status.endNs)} %)` : "";
  return [
    `run ${status.run}, scenario ${status.scenarioName}, version ${status.version}`,
    `${status.phase}, ${kind}, at ${clock(status.nowNs)} of ${clock(status.endNs)}${share}`,
    "",
    ...table([HEAD, ...status.processes.map(cellsOf), ...unplayed.map(vacancy)]),
    "",
    status.waitingFor.length === 0 ? "nobody is waited for" : `waiting for: ${status.waitingFor.join(", ")}`,
  ];
}

/** Of an actor whose process is gone. */
function vacancy(name: string): readonly string[] {
  return ["-", "nobody", "-", "-", "-", "-", "-", name];
}

function cellsOf(process: ProcessStatus): readonly string[] {
  return [
    process.role,
    process.process,
    String(process.pid),
    process.version,
    `${Math.round(process.lastHeardMs)} ms ago`,
    process.nextEventNs < 0 ? "-" : formatNs(process.nextEventNs),
    String(process.refused),
    actorsOf(process),
  ];
}

function actorsOf(process: ProcessStatus): string {
  if (process.actors.length > MOST_ACTORS) return `${process.actors.length} actors`;
  return process.names.map((name, index) => `${name}${lifeOf(process.incarnations[index] ?? 1)}`).join(", ");
}

/** An actor's first process is not worth a word. */
function lifeOf(incarnation: number): string {
  return incarnation === 1 ? "" : ` (incarnation ${incarnation})`;
}
