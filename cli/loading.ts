/** A scenario as a command gets it: loaded, overridden, and its policy's options checked where they were written. */
import { type Issue, issuesOf } from "../lib/scenario/issue.ts";
import { type Loaded, loadScenario } from "../lib/scenario/load.ts";
import type { Scenario } from "../lib/scenario/scenario.ts";
import { meant } from "../lib/scenario/schema/field.ts";
import { shown } from "../lib/scenario/schema/units.ts";
import { POLICIES, preparedScenario } from "../services/hypervisor/policies/registry.ts";
import type { Io } from "./io.ts";

export interface ScenarioOptions {
  readonly set: readonly string[];
  readonly seed?: number;
  readonly speed?: number;
}

/** Notes go to stderr. */
export async function loadChecked(file: string, options: ScenarioOptions, io: Io): Promise<Loaded> {
  const loaded = await loadUnprepared(file, options, io);
  return { ...loaded, scenario: preparedScenario(loaded.scenario) };
}

/** The same without what the policy asks of the guests: for those who choose another policy. */
export async function loadUnprepared(file: string, options: ScenarioOptions, io: Io): Promise<Loaded> {
  const loaded = await loadScenario(file, options.set);
  const issues = policyIssues(loaded.scenario);
  if (issues.length > 0) throw loaded.error(issues);
  for (const note of loaded.notes) io.stderr.write(`note: ${note}\n`);
  const { seed = loaded.scenario.seed, speed = loaded.scenario.speed } = options;
  return { ...loaded, scenario: { ...loaded.scenario, seed, speed } };
}

function policyIssues(scenario: Scenario): Issue[] {
  const { name, options } = scenario.host.policy;
  const names = POLICIES.map((module) => module.name);
  const module = POLICIES.find((candidate) => candidate.name === name);
  if (module === undefined) {
    return [
      { path: ["host", "policy", "name"], message: `${shown(name)} is not known${meant(name, names)}; allowed: ${names.join(", ")}` },
    ];
  }
  const parsed = module.options.safeParse(options);
  if (parsed.success) return [];
  return issuesOf(parsed.error, module.options, options).map((issue) => ({ ...issue, path: ["host", "policy", "options", ...issue.path] }));
}
