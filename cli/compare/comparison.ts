/** A comparison: its runs, and each policy's figures with their confidence intervals. */
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { preparedScenario } from "../../services/hypervisor/policies/registry.ts";
import type { Choice } from "./choice.ts";
import { FIGURES } from "./figures.ts";
import { type Estimate, estimate } from "./interval.ts";
import type { Run, Variant } from "./one.ts";
import { varied } from "./vary.ts";

export interface Comparison {
  readonly version: string;
  readonly scenario: string;
  readonly description: string;
  readonly vms: number;
  readonly durationNs: number;
  readonly seeds: readonly number[];
  /** Share by which the work differs between seeds. */
  readonly vary: number;
  readonly policies: readonly PolicyFigures[];
  /** By policy, then by seed. */
  readonly runs: readonly Run[];
  /** Repeats it. */
  readonly command: readonly string[];
}

export interface PolicyFigures {
  /** As it was asked for: its name, and parameters where they were given. */
  readonly policy: string;
  /** By figure. */
  readonly figures: Readonly<Record<string, Estimate>>;
}

export interface Plan {
  readonly choices: readonly Choice[];
  readonly seeds: number;
  readonly vary: number;
}

/** What is to be run: each choice under each seed. */
export function variants(scenario: Scenario, { choices, seeds, vary }: Plan): Variant[] {
  return choices.flatMap(({ label, policy }) => {
    const host = { ...scenario.host, policy };
    return Array.from({ length: seeds }, (_, index) => {
      return { label, scenario: preparedScenario(varied({ ...scenario, host, seed: seedOf(scenario.seed, index) }, vary)) };
    });
  });
}

/** Seeds count up from the scenario's, within 32 bits. */
function seedOf(first: number, index: number): number {
  return (first + index) % 4_294_967_296;
}

export interface Facts {
  readonly version: string;
  readonly vary: number;
  readonly command: readonly string[];
}

export function comparisonOf(scenario: Scenario, runs: readonly Run[], { version, vary, command }: Facts): Comparison {
  const policies = [...new Set(runs.map(({ policy }) => policy))];
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const figuresOf = (name: string): PolicyFigures => {
    const its = runs.filter(({ policy }) => policy === name);
    const figures = FIGURES.map(({ id }) => [id, estimate(its.map(({ values }) => values[id] ?? null))] as const);
    return { policy: name, figures: Object.fromEntries(figures) };
  };
  const { name, description, guests, durationNs } = scenario;
  return {
    version,
    scenario: name,
    description,
    vms: guests.length,
    durationNs,
    seeds,
    vary,
    policies: policies.map(figuresOf),
    runs,
    command,
  };
}
