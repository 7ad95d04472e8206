/** comparison.html: one page with the figures of each policy as bars with their intervals, and as tables. It needs no network. */
import { shellLine } from "../../lib/shell.ts";
import { formatNs, formatShare } from "../../services/monitor/format.ts";
import { escapeHtml, htmlTable } from "../../services/monitor/report/html.ts";
import { STYLE } from "../../services/monitor/report/style.ts";
import type { Comparison } from "./comparison.ts";
import { FIGURES, type Figure } from "./figures.ts";
import type { Estimate } from "./interval.ts";
import { shownEstimate, toldFigures } from "./text.ts";

export function renderComparison(comparison: Comparison): string {
  const { scenario, description, vms, durationNs, seeds, policies, runs, version, command, vary } = comparison;
  const told = toldFigures(comparison);
  const rows = policies.map(({ policy, figures }) => [
    policy,
    ...told.map((figure) => shownEstimate(figure, figures[figure.id] as Estimate, seeds.length)),
  ]);
  const single = FIGURES.filter(({ id }) => told.some((figure) => figure.id === id));
  const runRows = runs.map(({ policy, seed, digest, values }) => [
    policy,
    String(seed),
    ...single.map(({ id, show }) => (values[id] === null || values[id] === undefined ? "-" : show(values[id]))),
    digest,
  ]);
  const intervals =
    seeds.length === 1
      ? "one run each: no interval"
      : `mean ± 95 % confidence (Student's t, n = ${seeds.length}), work varied by ${formatShare(vary)} between seeds`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(scenario)}: policies compared – Aerostat</title>
<link rel="icon" href="data:,">
<style>${STYLE}
svg text { fill: var(--text); font-size: 12px; }
svg .bar { fill: var(--accent); }
svg .interval { stroke: var(--text); stroke-width: 1.5; }
</style>
</head>
<body>
<header>
<h1>${escapeHtml(scenario)}: policies compared</h1>
<p>${escapeHtml(description)}</p>
<p class="soft">${vms} VMs, ${formatNs(durationNs)} of model time, seeds ${seeds.join(", ")}; ${intervals}</p>
<p class="soft">repeated by <code>${escapeHtml(shellLine(command))}</code></p>
</header>
<main>
<div class="charts">
${told.map((figure) => chart(figure, comparison)).join("\n")}
</div>
<h2>Tables</h2>
${htmlTable("Policies", ["policy", ...told.map(({ title }) => title)], rows)}
${htmlTable("Runs", ["policy", "seed", ...single.map(({ title }) => title), "digest"], runRows)}
${htmlTable(
  "What the figures are",
  ["figure", "column", "meaning"],
  told.map(({ title, id, text }) => [title, id, text]),
)}
</main>
<footer>Aerostat ${escapeHtml(version)}. The figures of every run are in comparison.parquet and comparison.json beside this page.</footer>
</body>
</html>
`;
}

const ROW = 24;
const NAME = 150;
const BAR = 230;
const WIDTH = 520;

/** Bars from 0, one a policy, each with its interval. */
function chart(figure: Figure, { policies, seeds }: Comparison): string {
  const most = Math.max(...policies.map(({ figures }) => upper(figures[figure.id] as Estimate)), Number.MIN_VALUE);
  const x = (value: number): string => (NAME + (BAR * Math.max(0, value)) / most).toFixed(1);
  const rows = policies.map(({ policy, figures }, index) => {
    const estimate = figures[figure.id] as Estimate;
    const { mean, plusMinus } = estimate;
    const y = index * ROW;
    const shown = shownEstimate(figure, estimate, seeds.length);
    const bar =
      mean === null ? "" : `<rect class="bar" x="${NAME}" y="${y + 5}" width="${(Number(x(mean)) - NAME).toFixed(1)}" height="14"/>`;
    const whisker =
      mean === null || !plusMinus
        ? ""
        : `<line class="interval" x1="${x(mean - plusMinus)}" x2="${x(mean + plusMinus)}" y1="${y + 12}" y2="${y + 12}"/>`;
    const name = `<text x="${NAME - 8}" y="${y + 16}" text-anchor="end">${escapeHtml(policy)}</text>`;
    return `${name}${bar}${whisker}<text x="${NAME + BAR + 8}" y="${y + 16}">${escapeHtml(shown)}</text>`;
  });
  const label = escapeHtml(`Chart: ${figure.title} by policy. ${figure.text}`);
  return `<figure><figcaption>${escapeHtml(figure.title)}<small>${escapeHtml(figure.text)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${policies.length * ROW}" width="100%" role="img" aria-label="${label}">${rows.join("")}</svg></figure>`;
}

function upper({ mean, plusMinus }: Estimate): number {
  return (mean ?? 0) + (plusMinus ?? 0);
}
