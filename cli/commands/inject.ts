/** `aerostat inject FAULT TARGET`: sends a fault to a running system, in the grammar of a scenario's schedule. */
import { AerostatError } from "../../lib/errors.ts";
import { issuesOf } from "../../lib/scenario/issue.ts";
import { fault as faultSchema } from "../../lib/scenario/schema/faults.ts";
import { ask, type WhereOptions, whereOf } from "../bus.ts";
import { type Io, writeJson } from "../io.ts";
import { clock } from "../terminal/format.ts";

export interface InjectOptions extends WhereOptions {
  readonly for?: string;
  readonly peer?: string;
  readonly amount?: string;
  readonly delay?: string;
  readonly json?: boolean;
}

export async function injectCommand(name: string, target: string, options: InjectOptions, io: Io): Promise<number> {
  const written = writtenFault(name, target, options);
  const where = whereOf(options, io.env);
  const reply = await ask(where, "inject", ["injectRequest", { run: where.run, fault: JSON.stringify(written) }], "injectReply");
  if (!reply.accepted) throw new AerostatError("AERO_E_INPUT", reply.reason);
  const { at: _, ...fault } = written;
  if (options.json) writeJson(io, { accepted: true, atNs: reply.atNs, fault });
  else io.stdout.write(`${name} of ${target} begins at ${clock(reply.atNs)} of the run\n`);
  return 0;
}

/** The fault as it would stand in a schedule, beginning at once; who the actors are, only the conductor knows. */
export function writtenFault(name: string, target: string, options: InjectOptions): Record<string, unknown> {
  // What is no number is told as it was written.
  const amount = options.amount === undefined || Number.isNaN(Number(options.amount)) ? options.amount : Number(options.amount);
  const given = { for: options.for, peer: options.peer, amount, delay: options.delay };
  const written: Record<string, unknown> = { at: "0s", fault: name, target };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) written[key] = value;
  const parsed = faultSchema.safeParse(written);
  if (parsed.success) return written;
  const issues = issuesOf(parsed.error, faultSchema, written);
  throw new AerostatError("AERO_E_INPUT", issues.map(({ path, message }) => `${wordOf(String(path[0]))}: ${message}`).join("\n"));
}

/** As it was written on the command line. */
function wordOf(field: string): string {
  return field === "fault" || field === "target" ? field : `--${field}`;
}
