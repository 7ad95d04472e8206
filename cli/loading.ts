/** A scenario as a command gets it: loaded, overridden, and its policy's options checked where they were written. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { leaseNotes } from "../lib/federate/outage.ts";
import { type Issue, issuesOf } from "../lib/scenario/issue.ts";
import { type Loaded, loadScenario, type PolicyCheck } from "../lib/scenario/load.ts";
import type { HostConfig } from "../lib/scenario/scenario.ts";
import { meant } from "../lib/scenario/schema/field.ts";
import { shown } from "../lib/scenario/schema/units.ts";
import { isPolicyPath } from "../services/hypervisor/policies/custom.ts";
import { POLICIES, policyModule, preparedScenario } from "../services/hypervisor/policies/registry.ts";
import { loadPolicy } from "../services/hypervisor/policyfile.ts";
import type { Io } from "./io.ts";

export interface ScenarioOptions {
  readonly set: readonly string[];
  readonly seed?: number;
  readonly speed?: number;
  /** Where the scenario is to run. */
  readonly clock?: string;
  readonly bus?: string;
}

/** Notes go to stderr. */
export async function loadChecked(file: string, options: ScenarioOptions, io: Io): Promise<Loaded> {
  const loaded = await loadUnprepared(file, options, io);
  return { ...loaded, scenario: preparedScenario(loaded.scenario) };
}

/** The same without what the policy asks of the guests: for those who choose another policy. */
export async function loadUnprepared(file: string, options: ScenarioOptions, io: Io): Promise<Loaded> {
  const checkPolicy: PolicyCheck = (policy) => {
    const name = pathOf(file, policy.name);
    loadPolicy(name);
    return policyIssues({ ...policy, name });
  };
  const loaded = withPolicyPath(file, await loadScenario(file, options.set, checkPolicy));
  for (const note of loaded.notes) io.stderr.write(`note: ${note}\n`);
  const { seed = loaded.scenario.seed, speed = loaded.scenario.speed } = options;
  const leases = options.clock === "wall" && options.bus !== "memory" ? leaseNotes({ ...loaded.scenario, speed }) : [];
  for (const note of leases) io.stderr.write(`note: ${note}\n`);
  return { ...loaded, scenario: { ...loaded.scenario, seed, speed } };
}

function withPolicyPath(file: string, loaded: Loaded): Loaded {
  const { host } = loaded.scenario;
  const name = pathOf(file, host.policy.name);
  return { ...loaded, scenario: { ...loaded.scenario, host: { ...host, policy: { ...host.policy, name } } } };
}

/** A policy's path is of the scenario's folder, or else of the working directory; from here on it is of the latter. */
function pathOf(file: string, name: string): string {
  const beside = join(dirname(file), name);
  if (!isPolicyPath(name) || isAbsolute(name) || !existsSync(beside)) return name;
  return isAbsolute(beside) ? beside : `./${beside}`;
}

function policyIssues({ name, options }: HostConfig["policy"]): Issue[] {
  const names = POLICIES.map((module) => module.name);
  const module = policyModule(name);
  if (module === undefined) {
    return [
      { path: ["host", "policy", "name"], message: `${shown(name)} is not known${meant(name, names)}; allowed: ${names.join(", ")}` },
    ];
  }
  const parsed = module.options.safeParse(options);
  if (parsed.success) return [];
  return issuesOf(parsed.error, module.options, options).map((issue) => ({ ...issue, path: ["host", "policy", "options", ...issue.path] }));
}
