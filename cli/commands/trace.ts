/** `aerostat trace FILE`: what a recording of real VMs says about overcommit, without any model. */
import { AerostatError } from "../../lib/errors.ts";
import { issuesOf, showPath } from "../../lib/scenario/issue.ts";
import { applyOverride, parseOverride } from "../../lib/scenario/override.ts";
import { type TraceLayout, traceLayout } from "../../lib/scenario/schema/trace.ts";
import { type TraceFacts, traceFacts } from "../../lib/scenario/trace/facts.ts";
import { readTrace } from "../../lib/scenario/trace/read.ts";
import { GIB, SECOND_NS } from "../../lib/units.ts";
import { type Io, writeJson } from "../io.ts";

export interface TraceOptions {
  /** Fields of `trace` in a scenario, such as `columns.used=mem_kb`. */
  readonly set: readonly string[];
  readonly json?: boolean;
}

export async function traceCommand(file: string, options: TraceOptions, io: Io): Promise<number> {
  const layout = layoutOf(file, options.set);
  const facts = traceFacts(await readTrace(layout), layout.interval / SECOND_NS);
  if (options.json) writeJson(io, { file, ...facts });
  else io.stdout.write(`${traceLines(facts).join("\n")}\n`);
  return 0;
}

function layoutOf(file: string, sets: readonly string[]): TraceLayout {
  const written: Record<string, unknown> = { file };
  for (const set of sets) applyOverride(written, parseOverride(set));
  const parsed = traceLayout.safeParse(written);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error, traceLayout, written);
  throw new AerostatError("AERO_E_INPUT", issues.map((issue) => `--set ${showPath(issue.path)}: ${issue.message}`).join("\n"));
}

/** The facts as sentences. */
export function traceLines(facts: TraceFacts): string[] {
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
  return [
    `${facts.vms} VMs, ${facts.rows} samples, ${facts.steps} steps of ${facts.intervalS} s`,
    `provisioned    ${gib(facts.provisionedBytes)}`,
    `sum of peaks   ${gib(facts.sumOfPeaksBytes)}`,
    `peak of sum    ${gib(facts.peakOfSumBytes)}`,
    `p99 of sum     ${gib(facts.p99Bytes)}`,
    `mean of sum    ${gib(facts.meanBytes)}`,
    ...facts.exceeds.map(({ hostBytes, share }) => `above a host of ${gib(hostBytes)} in ${(share * 100).toFixed(2)} % of the steps`),
  ];
}
