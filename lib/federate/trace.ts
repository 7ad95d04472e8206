/** Records of every event that ran, one text file per actor: for finding the first in which two runs differ. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ActorId, RosterEntry } from "../engine/actor.ts";
import type { Event } from "../engine/heap.ts";
import type { Trace } from "../engine/history.ts";
import { makeFolder } from "../folder.ts";

const FLUSH_CHARACTERS = 256 * 1024;

export interface TraceFiles {
  readonly trace: Trace;
  flush(): void;
}

const fileOf = (folder: string, actor: ActorId): string => join(folder, `${actor}.trace`);

/** Writes into `folder`; several processes may share it, as each has its own actors. */
export function traceInto(folder: string): TraceFiles {
  makeFolder(folder);
  const buffers = new Map<ActorId, string>();
  const write = (actor: ActorId, text: string): void => appendFileSync(fileOf(folder, actor), text);
  const trace = (actor: ActorId, event: Event, digest: string): void => {
    const what = event.message === undefined ? `timer:${event.timer}(${event.data})` : event.message.kind;
    const text = `${buffers.get(actor) ?? ""}${event.timeNs} ${what} from ${event.source} #${event.sequence} ${digest}\n`;
    if (text.length < FLUSH_CHARACTERS) buffers.set(actor, text);
    else {
      write(actor, text);
      buffers.delete(actor);
    }
  };
  const flush = (): void => {
    for (const [actor, text] of buffers) write(actor, text);
    buffers.clear();
  };
  return { trace, flush };
}

/** The first event of one actor that is not the same in both runs. */
export interface Difference {
  readonly actor: string;
  readonly timeNs: number;
  /** How many events of the actor were the same before it. */
  readonly equalEvents: number;
  /** "time kind from source #sequence digest"; empty where that run has no such event. */
  readonly here: string;
  readonly there: string;
}

/** Compares two folders of traces. Undefined where all events are the same. */
export function firstDifference(here: string, there: string, roster: readonly RosterEntry[]): Difference | undefined {
  let first: Difference | undefined;
  for (const { id, name } of roster) {
    const a = linesOf(fileOf(here, id));
    const b = linesOf(fileOf(there, id));
    const index = a.findIndex((line, i) => line !== b[i]);
    const at = index === -1 ? a.length : index;
    if (at === a.length && at === b.length) continue;
    const difference = { actor: name, equalEvents: at, here: a[at] ?? "", there: b[at] ?? "" };
    const timeNs = Math.min(timeOf(difference.here), timeOf(difference.there));
    if (first === undefined || timeNs < first.timeNs) first = { ...difference, timeNs };
  }
  return first;
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

function timeOf(line: string): number {
  return line === "" ? Number.POSITIVE_INFINITY : Number.parseInt(line, 10);
}
