/**
 * A policy of a comparison, as `--policy` names it: `proxmox`, or with parameters, `proxmox:goal=70:step=50MiB`. What is written
 * is also its label, so that one policy can be compared with itself.
 */
import { parse } from "yaml";
import { AerostatError } from "../../lib/errors.ts";
import { issuesOf, showPath } from "../../lib/scenario/issue.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { meant } from "../../lib/scenario/schema/field.ts";
import { shown } from "../../lib/scenario/schema/units.ts";
import { POLICIES, policyModule } from "../../services/hypervisor/policies/registry.ts";
import { loadPolicy } from "../../services/hypervisor/policyfile.ts";

type PolicyConfig = Scenario["host"]["policy"];

export interface Choice {
  readonly label: string;
  readonly policy: PolicyConfig;
}

/** The choices in a list separated by commas, each once, in their order. `own`: the scenario's policy, whose parameters it keeps. */
export async function choicesOf(list: string, own: PolicyConfig): Promise<Choice[]> {
  const labels = [...new Set(list.split(",").map((label) => label.trim()))];
  const choices: Choice[] = [];
  for (const label of labels) choices.push(await choiceOf(label, own));
  return choices;
}

async function choiceOf(label: string, own: PolicyConfig): Promise<Choice> {
  const [name = "", ...settings] = label.split(":");
  loadPolicy(name);
  const module = policyModule(name);
  if (module === undefined) {
    const names = POLICIES.map((candidate) => candidate.name);
    throw wrong(`${shown(name)} is not known${meant(name, names)}; allowed: ${names.join(", ")}, or the path of a module`);
  }
  const given = Object.fromEntries(settings.map((setting) => settingOf(label, setting)));
  const options = { ...(name === own.name ? own.options : {}), ...given };
  const parsed = module.options.safeParse(options);
  if (!parsed.success) {
    const issues = issuesOf(parsed.error, module.options, options);
    throw wrong(
      issues.map(({ path, message }) => `${label}: ${[showPath(path), message].filter((part) => part !== "").join(": ")}`).join("\n"),
    );
  }
  return { label, policy: { name, options } };
}

function settingOf(label: string, setting: string): [string, unknown] {
  const equals = setting.indexOf("=");
  if (equals < 1) throw wrong(`${label}: ${shown(setting)} is no parameter; write it as name=value, such as proxmox:goal=70:step=50MiB`);
  try {
    return [setting.slice(0, equals), parse(setting.slice(equals + 1)) ?? null];
  } catch {
    throw wrong(`${label}: ${shown(setting)} has no value that can be read`);
  }
}

function wrong(message: string): AerostatError {
  return new AerostatError("AERO_E_INPUT", `--policy: ${message}`);
}
