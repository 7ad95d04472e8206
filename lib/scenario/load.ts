/** A scenario file, loaded: text, overrides, schema, trace, checks. Every mistake is told with its place. */
import { existsSync, readFileSync } from "node:fs";
import { AerostatError } from "../errors.ts";
import { PAGE_BYTES, SECOND_NS } from "../units.ts";
import { type Issue, issuesOf } from "./issue.ts";
import { parseOverride } from "./override.ts";
import { resolve } from "./resolve.ts";
import type { HostConfig, Scenario } from "./scenario.ts";
import { type ScenarioFile, scenarioFile } from "./schema.ts";
import { soundParts } from "./sound.ts";
import { Source } from "./source.ts";
import { type TraceFacts, traceFacts } from "./trace/facts.ts";
import { type TraceGuest, traceGuests } from "./trace/guests.ts";
import { readTrace } from "./trace/read.ts";

export interface Loaded {
  readonly scenario: Scenario;
  /** What the trace says by itself, where the scenario has one. */
  readonly traceFacts: TraceFacts | undefined;
  /** Worth saying to the user; nothing to correct. */
  readonly notes: readonly string[];
}

/** Mistakes in the choice of the policy, which only its own schema knows. */
export type PolicyCheck = (policy: HostConfig["policy"]) => readonly Issue[];

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "is a folder; a YAML file is wanted",
};

/** Loads a file. `overrides`: as given to `--set`. Throws AERO_E_SCENARIO, AERO_E_TRACE or AERO_E_INPUT. */
export async function loadScenario(file: string, overrides: readonly string[] = [], checkPolicy?: PolicyCheck): Promise<Loaded> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new AerostatError("AERO_E_INPUT", `scenario ${file}: ${UNREADABLE[code] ?? message}`, { cause });
  }
  return loadText(file, text, overrides, checkPolicy);
}

/** The same for a text in memory; `file` is what messages call it. */
export async function loadText(
  file: string,
  text: string,
  overrides: readonly string[] = [],
  checkPolicy: PolicyCheck = () => [],
): Promise<Loaded> {
  const source = new Source(file, text, overrides.map(parseOverride));
  const parsed = scenarioFile.safeParse(source.data);
  if (!parsed.success) {
    const found = issuesOf(parsed.error, scenarioFile, source.data);
    const sound = soundParts(source.data, found);
    throw source.error([...found, ...(sound?.issues ?? []), ...(sound === undefined ? [] : checkPolicy(sound.file.host.policy))]);
  }
  const { guests, facts } = await traced(parsed.data, source);
  const { scenario, issues, notes } = resolve(parsed.data, guests);
  const all = [...issues, ...checkPolicy(scenario.host.policy)];
  if (all.length > 0) throw source.error(all);
  return { scenario, traceFacts: facts, notes };
}

async function traced(file: ScenarioFile, source: Source): Promise<{ guests: readonly TraceGuest[]; facts: TraceFacts | undefined }> {
  const { trace } = file;
  if (trace === undefined) return { guests: [], facts: undefined };
  if (!existsSync(trace.file)) {
    const wanted = "name one with --set trace=FILE, a file or a directory with one file per VM";
    throw new AerostatError("AERO_E_TRACE", `${trace.file}: there is no such trace, and ${source.file} brings none; ${wanted}`);
  }
  const table = await readTrace(trace);
  const guests = traceGuests(table, trace, file.duration);
  if (guests.some((guest) => guest.series.pages.length === 0)) {
    throw source.error([{ path: ["trace", "from"], message: "the trace ends before this time" }]);
  }
  return { guests, facts: traceFacts(table, trace.interval / SECOND_NS, file.host.memory * PAGE_BYTES) };
}
