/** `aerostat policy-template`: a policy of the user's own, to begin with. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AerostatError } from "../../lib/errors.ts";
import type { Io } from "../io.ts";

const TEMPLATE = "examples/policy/template.ts";

export function policyTemplateCommand(io: Io): number {
  io.stdout.write(readFileSync(templatePath(), "utf8"));
  return 0;
}

/** Above this file, which is at another depth in the build than in the sources. */
function templatePath(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, TEMPLATE);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) throw new AerostatError("AERO_E_INPUT", `${TEMPLATE} is not in this installation`);
  }
}
