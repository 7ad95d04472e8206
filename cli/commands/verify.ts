/** `aerostat verify SCENARIO`: proves that a scenario gives one digest in every form in which it can run. */
import { AerostatError } from "../../lib/errors.ts";
import type { VerifiedForm, VerifyReport } from "../../lib/federate/verify.ts";
import { verifyScenario } from "../../lib/federate/verify.ts";
import { createLogger } from "../../lib/logging.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { table } from "../../services/monitor/summary-table.ts";
import { compose } from "../compose.ts";
import { EXIT_FAILED } from "../fail.ts";
import { onInterrupt } from "../interrupt.ts";
import { type Io, writeJson } from "../io.ts";
import { loadChecked, type ScenarioOptions } from "../loading.ts";
import { ProgressLine } from "../progress.ts";
import { version } from "../version.ts";

export interface VerifyCommandOptions extends ScenarioOptions {
  readonly json?: boolean;
}

export async function verifyCommand(file: string, options: VerifyCommandOptions, io: Io): Promise<number> {
  const { scenario } = await loadChecked(file, options, io);
  const progress = new ProgressLine(io.stderr);
  const interrupt = onInterrupt(io);
  let form = "";
  let report: VerifyReport;
  try {
    report = await verifyScenario({
      scenario,
      cast: (played) => compose(played).cast,
      conduct: runConductor,
      version: version(),
      log: createLogger("verify", "error"),
      signal: interrupt.signal,
      onProgress: (now) => {
        if (now.form !== form) {
          form = now.form;
          progress.clear();
          io.stderr.write(`${form}\n`);
        }
        progress.update(now);
      },
    });
  } finally {
    progress.clear();
    interrupt.release();
  }
  if (options.json) writeJson(io, jsonOf(report));
  else io.stdout.write(`${reportLines(report).join("\n")}\n`);
  if (report.equal) return 0;
  const { code, message } = new AerostatError("AERO_E_DIGEST", differenceText(report));
  io.stderr.write(`aerostat: ${code}: ${message}\n`);
  return EXIT_FAILED;
}

export function reportLines({ forms, skipped, equal }: VerifyReport): string[] {
  const rows = forms.map((form) => [
    form.name,
    form.digest,
    form.processes === 0 ? "-" : String(form.processes),
    form.windows === 0 ? "-" : String(form.windows),
    String(form.eventsRun),
    form.wallS.toFixed(1),
  ]);
  return [
    ...table([["form", "digest", "processes", "windows", "events", "seconds"], ...rows]),
    ...skipped.map((why) => `skipped: ${why}`),
    "",
    equal ? `equal: ${forms.length} forms, one digest` : "NOT EQUAL",
  ];
}

/** Which form differs, in which actors, and the first event that does. */
function differenceText({ differs }: VerifyReport): string {
  if (differs === undefined) return "two forms differ";
  const where = `"${differs.form}" differs from the run in one process in ${differs.actors.join(", ")}`;
  const { first } = differs;
  if (first === undefined) return `${where}; all events are equal, so only states differ`;
  const at = `at ${(first.timeNs / 1e9).toFixed(6)} s, in "${first.actor}", after ${first.equalEvents} equal events`;
  return `${where}; the first event that differs is ${at}: "${first.here || "none"}" against "${first.there || "none"}"`;
}

function jsonOf({ equal, forms, skipped, differs }: VerifyReport): Record<string, unknown> {
  const plain = (form: VerifiedForm) => ({ ...form, digests: Object.fromEntries(form.digests) });
  return { equal, digest: forms[0]?.digest ?? "", forms: forms.map(plain), skipped, ...(differs === undefined ? {} : { differs }) };
}
