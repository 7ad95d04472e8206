/** The policies that a scenario can choose from, in the order in which they are listed. */
import type { z } from "zod";
import { AerostatError } from "../../../lib/errors.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { meant } from "../../../lib/scenario/schema/field.ts";
import { shown } from "../../../lib/scenario/schema/units.ts";
import { fieldsOf } from "../../../lib/scenario/schema/walk.ts";
import { balanceAvailable } from "./balance-available.ts";
import { admittedPolicy } from "./custom.ts";
import { esx } from "./esx.ts";
import { freePageReporting } from "./free-page-reporting.ts";
import { hyperv } from "./hyperv.ts";
import { limitCache } from "./limit-cache.ts";
import { mom } from "./mom.ts";
import { none } from "./none.ts";
import type { Policy, PolicyModule } from "./policy.ts";
import { proxmox } from "./proxmox.ts";
import { qmemman } from "./qmemman.ts";
import { selfBalloon } from "./self-balloon.ts";
import { senpai } from "./senpai.ts";
import { sharesIdleTax } from "./shares-idle-tax.ts";
import { squeezed } from "./squeezed.ts";
import { staticTargets } from "./static.ts";
import { vdsm, vdsmBalloon } from "./vdsm.ts";

export const POLICIES: readonly PolicyModule[] = [
  sharesIdleTax,
  esx,
  proxmox,
  mom,
  vdsm,
  vdsmBalloon,
  squeezed,
  qmemman,
  hyperv,
  balanceAvailable,
  limitCache,
  senpai,
  selfBalloon,
  freePageReporting,
  staticTargets,
  none,
] as readonly PolicyModule[];

/** The policy of a name: one of the list, or a module of the user's own that was read before. */
export function policyModule(name: string): PolicyModule | undefined {
  return POLICIES.find((candidate) => candidate.name === name) ?? admittedPolicy(name);
}

/** The scenario's policy, with its parameters. Throws AERO_E_SCENARIO for an unknown name or a wrong parameter. */
export function policyOf(scenario: Scenario): Policy {
  const { name, options } = scenario.host.policy;
  const names = POLICIES.map((module) => module.name);
  const module = policyModule(name);
  if (module === undefined) {
    throw new AerostatError(
      "AERO_E_SCENARIO",
      `host.policy.name: ${shown(name)} is not known${meant(name, names)}; allowed: ${names.join(", ")}`,
    );
  }
  const parsed = module.options.safeParse(options);
  if (!parsed.success) throw new AerostatError("AERO_E_SCENARIO", parsed.error.issues.map((issue) => said(issue, module)).join("\n"));
  return module.create(parsed.data, scenario);
}

/** The scenario as its policy needs it: what the host does itself, and for some the guests' drivers. */
export function preparedScenario(scenario: Scenario): Scenario {
  const { host } = scenario;
  const prepared = policyModule(host.policy.name)?.prepare?.(scenario) ?? scenario;
  const policy = policyOf(scenario);
  const { enforces, compresses = false } = policy;
  policy.end?.();
  const { hostSwapVictims = enforces ? "random" : "lru", compression } = host;
  const pool = compression === undefined ? {} : { compression: { ...compression, on: compression.on ?? compresses } };
  return { ...prepared, host: { ...prepared.host, hostSwapVictims, ...pool } };
}

function said(issue: z.core.$ZodIssue, module: PolicyModule): string {
  const path = ["host", "policy", "options", ...issue.path].join(".");
  if (issue.code !== "unrecognized_keys") return `${path}: ${issue.message}`;
  const known = fieldsOf(module.options).map((member) => member.key);
  const allowed = known.length === 0 ? `the policy "${module.name}" has no parameters` : `allowed: ${known.join(", ")}`;
  return issue.keys.map((key) => `${path}.${key}: is not a parameter of "${module.name}"${meant(key, known)}; ${allowed}`).join("\n");
}
