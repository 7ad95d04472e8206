/** The part of docs/policies.md that comes from runs: each situation of scenarios/policies under every policy. */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Comparison, comparisonOf, variants } from "../../cli/compare/comparison.ts";
import { FIGURES } from "../../cli/compare/figures.ts";
import type { Estimate } from "../../cli/compare/interval.ts";
import { runAll } from "../../cli/compare/pool.ts";
import { shownEstimate } from "../../cli/compare/text.ts";
import { version } from "../../cli/version.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import { POLICIES } from "../../services/hypervisor/policies/registry.ts";
import { formatShare } from "../../services/monitor/format.ts";

const FOLDER = "scenarios/policies";
const SEEDS = 3;
const VARY = 0.05;
/** With an interval in the first; the others without, to fit a page. */
const SHOWN = [
  "slowdown_p99",
  "slowdown_worst_vm",
  "idled_intervals",
  "oom_kills",
  "actions",
  "latency_p50_ns",
  "latency_p99_ns",
  "fairness",
  "balloon_pages",
];
const STATES = ["high", "clear", "soft", "hard", "low"] as const;

const INTRO = `## The situations in which they differ

\`${FOLDER}/\`, each policy with its defaults (\`static\` has none), ${SEEDS} seeds,
the work varied by ${formatShare(VARY)} between them. Slowdown is unpressed over done operations: mean over the VMs
(± 95 %, Student's t), 99th percentile of all VMs' sample intervals (one in which a VM does less than a
thousandth of its work counts as standing), and the worst VM. \`idled\`: intervals in which a VM stood still. Swap: read /
written by the guests and by the host. Latency: from the statistics used to the acknowledged target.
States: share of the time in ${STATES.join(" / ")}.
Given back: in balloons, mean over the run.
`;

export async function policyTables(onRun: (text: string) => void): Promise<string> {
  const names = POLICIES.map(({ name }) => name).filter((name) => name !== "static");
  const parts = [INTRO];
  for (const file of readdirSync(FOLDER).sort()) {
    const { scenario } = await loadScenario(`${FOLDER}/${file}`);
    const signal = new AbortController().signal;
    const choices = names.map((name) => ({ label: name, policy: { name, options: {} } }));
    const planned = variants(scenario, { choices, seeds: SEEDS, vary: VARY });
    const runs = await runAll(planned, { threads: availableParallelism(), signal, onRun: () => undefined });
    if (runs === undefined) throw new Error("unreachable: nothing ends these runs early");
    parts.push(tableOf(comparisonOf(scenario, runs, { version: version(), vary: VARY, command: [] })));
    onRun(scenario.name);
  }
  return parts.join("\n");
}

function tableOf({ scenario, description, policies }: Comparison): string {
  const figures = SHOWN.map((id) => FIGURES.find((figure) => figure.id === id) as (typeof FIGURES)[number]);
  const head = ["policy", "slowdown", ...figures.map(({ title }) => title), "guest swap", "host swap", "states, %"];
  const rows = policies.map(({ policy, figures: its }) => {
    const plain = (id: string): string => {
      const { mean = null, n = 0 } = (its[id] ?? {}) as Partial<Estimate>;
      return shownEstimate(FIGURES.find((figure) => figure.id === id) as (typeof FIGURES)[number], { mean, plusMinus: null, n }, SEEDS);
    };
    const first = FIGURES[0] as (typeof FIGURES)[number];
    const swap = (who: string): string => `${plain(`${who}_swap_in_pages`)} / ${plain(`${who}_swap_out_pages`)}`;
    const states = STATES.map((state) => (100 * (its[`host_${state}_share`]?.mean ?? 0)).toFixed(0)).join(" / ");
    return [
      policy,
      shownEstimate(first, its[first.id] as Estimate, SEEDS),
      ...figures.map(({ id }) => plain(id)),
      swap("guest"),
      swap("host"),
      states,
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `### ${scenario}\n\n${description}\n\n${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
