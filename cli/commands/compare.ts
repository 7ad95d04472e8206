/** `aerostat compare SCENARIO --policy a,b,c`: one scenario under several policies, and one table of what came of it. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { EXIT_INTERRUPTED } from "../../lib/errors.ts";
import { type Choice, choicesOf } from "../compare/choice.ts";
import { comparisonOf, variants } from "../compare/comparison.ts";
import { runAll } from "../compare/pool.ts";
import { comparisonLines } from "../compare/text.ts";
import { writeComparison } from "../compare/write.ts";
import { onInterrupt } from "../interrupt.ts";
import { type Io, writeJson } from "../io.ts";
import { loadUnprepared, type ScenarioOptions } from "../loading.ts";
import { version } from "../version.ts";

export interface CompareOptions extends ScenarioOptions {
  readonly policy: string;
  readonly seeds: number;
  /** Share; default: 5 % where there are several seeds. */
  readonly vary?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const USUAL_VARIATION = 0.05;
export async function compareCommand(file: string, options: CompareOptions, io: Io): Promise<number> {
  const { scenario } = await loadUnprepared(file, options, io);
  const choices = await choicesOf(options.policy, scenario.host.policy);
  const vary = options.vary ?? (options.seeds > 1 ? USUAL_VARIATION : 0);
  const planned = variants(scenario, { choices, seeds: options.seeds, vary });
  const interrupt = onInterrupt(io);
  const runs = await runAll(planned, {
    threads: options.threads ?? availableParallelism(),
    signal: interrupt.signal,
    onRun: ({ policy, seed }, done) => io.stderr.write(`${done} of ${planned.length}: ${policy}, seed ${seed}\n`),
  }).finally(() => interrupt.release());
  if (runs === undefined) return EXIT_INTERRUPTED;
  const comparison = comparisonOf(scenario, runs, {
    version: version(),
    vary,
    command: commandOf(file, choices, options, scenario.seed, vary),
  });
  const paths = writeComparison(options.out ?? join("runs", `${scenario.name}-comparison`), comparison);
  if (options.json) writeJson(io, { ...comparison, paths });
  else io.stdout.write(`${[...comparisonLines(comparison), "", `page  ${paths.html}`].join("\n")}\n`);
  return 0;
}

function commandOf(file: string, choices: readonly Choice[], options: CompareOptions, seed: number, vary: number): string[] {
  const numbers = ["--seed", String(seed), "--seeds", String(options.seeds), "--vary", String(vary)];
  const words = ["npx", "aerostat", "compare", file, "--policy", choices.map(({ label }) => label).join(","), ...numbers];
  for (const set of options.set) words.push("--set", set);
  return words;
}
