/** report.html: one file with figures, tables and charts, which needs no network. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { shellLine } from "../../../lib/shell.ts";
import { formatBytesOfPages, formatNs, formatShare, formatSlowdown } from "../format.ts";
import type { Manifest } from "../results/manifest.ts";
import { quantile, slowdownsOf } from "../slowdowns.ts";
import type { Summary } from "../summary.ts";
import { CHARTS } from "./charts.ts";
import { CLIENT } from "./client.ts";
import { reportData } from "./data.ts";
import { escapeHtml, scriptJson } from "./html.ts";
import type { SeriesStore } from "./series.ts";
import { STYLE } from "./style.ts";
import { tables } from "./tables.ts";

export function renderReport(manifest: Manifest, scenario: Scenario, summary: Summary, series: SeriesStore): string {
  const data = reportData(scenario, summary, series);
  const options = data.vms.map((vm, index) => `<option value="${index}">${escapeHtml(vm.name)}</option>`).join("");
  const few =
    data.vms.length < summary.vms.length ? `<span class="soft">the ${data.vms.length} slowest of ${summary.vms.length}</span>` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(manifest.scenario)} – Aerostat</title>
<link rel="icon" href="data:,">
<style>${asset("uplot/dist/uPlot.min.css")}${STYLE}</style>
</head>
<body>
${head(manifest, scenario, summary)}
<main>
<section aria-label="Figures">${figures(summary)}</section>
<h2>The host</h2>
<div class="charts">
${chart("host-memory", "Memory of all VMs, by kind", "what the guests hold beside what the machine has")}
${chart("host-slowdown", "Slowdown", "unpressed over done operations, over all VMs with work")}
${chart("host-disk", "Disk utilisation", "busy share of the shared disk's channels")}
${chart("host-queue", "Disk queue", "mean number of requests at the shared disk")}
${chart("host-swap", "Swap I/O", "of all guests to their swap, and of the host to its own")}
${chart("host-free", "Free machine memory", "")}
${chart("host-state", "State of the host", "from free memory, by the host's thresholds")}
</div>
<h2 id="vms">A VM</h2>
<div class="pick"><label for="vm">VM</label><select id="vm">${options}</select>${few}</div>
<div class="charts">
${chart("vm-memory", "Memory by kind", "the kinds sum to the VM's size")}
${chart("vm-target", "Balloon", "memory left to the guest (size minus balloon): target and actual")}
${chart("vm-swap", "Swap I/O", "of this guest")}
${chart("vm-slowdown", "Slowdown", "unpressed over done operations")}
${chart("vm-psi", "Pressure stall", "share of time in which some, or all, of its work waited for memory")}
${chart("vm-swapped", "Swap used", "")}
</div>
<h2>Tables</h2>
${tables(summary)}
</main>
<footer>Aerostat ${escapeHtml(manifest.version)}. Vertical lines: phases (dotted), faults and OOM kills (red), other events (orange).
Drag over a chart to zoom, double click to go back.
The data is in the Parquet files beside this page.</footer>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${asset("uplot/dist/uPlot.iife.min.js")}</script>
<script>${CHARTS}${CLIENT}</script>
</body>
</html>
`;
}

/** A file of an installed package, safe to stand in a script or style element. */
function asset(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(path), "utf8").replaceAll("</", "<\\/");
}

function chart(id: string, title: string, text: string): string {
  const label = escapeHtml(`Chart: ${title}. ${text}`);
  return `<figure><figcaption>${title}<small>${text}</small></figcaption><div id="${id}" role="img" aria-label="${label}"></div></figure>`;
}

function head(manifest: Manifest, scenario: Scenario, summary: Summary): string {
  const clock = manifest.clock === "virtual" ? "virtual clock" : `wall clock at ${manifest.speed} times real time, not repeatable`;
  const whole = manifest.complete
    ? ""
    : `<p class="bad">Incomplete: ${escapeHtml(manifest.reason)} (at ${formatNs(manifest.endNs)} of ${formatNs(summary.durationNs)}).</p>`;
  const digest = manifest.digest === "" ? "" : `, digest <code>${escapeHtml(manifest.digest)}</code>`;
  return `<header>
<h1>${escapeHtml(manifest.scenario)}</h1>
<p>${escapeHtml(scenario.description)}</p>
${whole}
<p class="soft">${scenario.guests.length} VMs, policy ${escapeHtml(scenario.host.policy.name)}, ${formatNs(manifest.endNs)} of model time,
seed ${manifest.seed}, ${clock}, ${manifest.bus} bus${digest}</p>
<p class="soft">${escapeHtml(manifest.startedAt)}, run <code>${escapeHtml(manifest.id)}</code>,
repeated by <code>${escapeHtml(shellLine(manifest.command))}</code>${escapeHtml(injectedNote(scenario, summary))}</p>
</header>`;
}

/** The command knows the scenario's faults alone. */
function injectedNote({ faults }: Scenario, { events }: Summary): string {
  const injected = (events.counts.fault ?? 0) - faults.length;
  if (injected <= 0) return "";
  return injected === 1 ? ", without the fault that was injected" : `, without the ${injected} faults that were injected`;
}

function figures({ host, vms, fairness, control, telemetry }: Summary): string {
  const promised = vms.reduce((sum, vm) => sum + (vm.last?.sizePages ?? 0), 0);
  const swapIn = vms.reduce((sum, vm) => sum + vm.swapInPages, 0);
  const swapOut = vms.reduce((sum, vm) => sum + vm.swapOutPages, 0);
  const cells = [
    ["promised to VMs", formatBytesOfPages(promised)],
    ["machine memory", formatBytesOfPages(host.machinePages)],
    ["median slowdown", formatSlowdown(quantile(slowdownsOf(vms), 0.5))],
    ["disk utilisation", formatShare(host.diskUtilisation)],
    ["guest swap in", formatBytesOfPages(swapIn)],
    ["guest swap out", formatBytesOfPages(swapOut)],
    ...(host.compressedPages > 0 ? [["compressed by the host", formatBytesOfPages(host.compressedPages)] as const] : []),
    ["fairness", fairness === null ? "-" : fairness.toFixed(3)],
    ["control, p50", formatNs(control.legs.total?.p50Ns ?? null)],
    ["OOM kills", String(vms.reduce((sum, vm) => sum + vm.oomKills, 0))],
    ["messages lost", String(telemetry.lost)],
  ] as const;
  return `<dl class="figures">${cells.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join("")}</dl>`;
}
