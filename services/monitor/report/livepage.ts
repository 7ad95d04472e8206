/** The monitor's page at /: the run as it is now, drawn from /api/state once a second. */
import { createHash } from "node:crypto";
import { STYLE } from "./style.ts";

const SCRIPT = `
"use strict";
(() => {
  const KINDS = [
    ["kernelPages", "kernel"],
    ["anonymousPages", "anonymous"],
    ["cacheCleanPages", "clean"],
    ["cacheDirtyPages", "dirty"],
    ["freePages", "free"],
    ["balloonPages", "balloon"],
  ];
  const bytes = (pages) => {
    let value = pages * 4096,
      unit = 0;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return (value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3)) + " " + ["B", "KiB", "MiB", "GiB", "TiB"][unit];
  };
  const cell = (row, tag, text) => {
    const at = document.createElement(tag);
    at.textContent = text;
    row.append(at);
    return at;
  };
  const put = (id, text) => {
    document.getElementById(id).textContent = text;
  };
  const key = document.getElementById("key");
  for (const [, name] of KINDS) {
    const sample = document.createElement("i");
    sample.style.background = "var(--" + name + ")";
    key.append(sample, name === "clean" || name === "dirty" ? "cache, " + name : name);
  }
  const seconds = (ns) => (ns / 1e9).toFixed(0) + " s";
  const bar = (vm) => {
    const box = document.createElement("div");
    box.className = "bar";
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", KINDS.map(([key, name]) => name + " " + bytes(vm.memory[key])).join(", "));
    for (const [key, name] of KINDS) {
      const part = document.createElement("span");
      part.style.width = (100 * vm.memory[key]) / Math.max(1, vm.memory.sizePages) + "%";
      part.style.background = "var(--" + name + ")";
      box.append(part);
    }
    return box;
  };
  const draw = ({ run, live, condition }) => {
    document.title = live.scenario + " – Aerostat";
    put("scenario", live.scenario);
    put(
      "about",
      "run " +
        run.id +
        ", " +
        run.clock +
        " clock, " +
        seconds(live.nowNs) +
        " of " +
        seconds(live.durationNs) +
        (live.phase ? ", phase " + live.phase : "") +
        ", " +
        condition,
    );
    const { host } = live;
    put(
      "host",
      host.silentNs > 0 ? host.name + ": not heard for " + seconds(host.silentNs) : !host.seen ? host.name + ": not heard yet" :
      host.name +
        ": state " +
        host.state +
        ", free " +
        bytes(host.freePages) +
        " of " +
        bytes(host.machinePages) +
        ", disk " +
        (100 * host.diskUtilisation).toFixed(0) +
        " % busy, queue " +
        host.diskQueue.toFixed(1),
    );
    put(
      "counts",
      live.messages + " messages, " + live.lost + " lost, " + live.refused + " refused; " + live.controlActions + " control actions",
    );
    const rows = live.vms.slice(0, 500).map((vm) => {
      const row = document.createElement("tr");
      cell(row, "th", vm.name).scope = "row";
      if (!vm.seen || vm.silentNs > 0) {
        const said = cell(row, "td", vm.seen ? "not heard for " + seconds(vm.silentNs) : "not heard yet");
        said.className = "text";
        said.colSpan = 7;
        return row;
      }
      cell(row, "td", "").append(bar(vm));
      cell(row, "td", vm.targetPages > 0 ? bytes(vm.targetPages) : "–");
      cell(row, "td", bytes(vm.actualPages));
      cell(row, "td", bytes(vm.swapInPagesPerS) + "/s");
      cell(row, "td", bytes(vm.swapOutPagesPerS) + "/s");
      cell(row, "td", vm.idled ? "stalled" : vm.slowdown === null ? "–" : vm.slowdown.toFixed(2) + "x");
      cell(row, "td", (100 * vm.psiSomeShare).toFixed(0) + " %");
      return row;
    });
    document.getElementById("vms").replaceChildren(...rows);
  };
  const poll = async () => {
    try {
      const answer = await fetch("/api/state");
      draw(await answer.json());
    } catch {
      put("about", "The monitor does not answer.");
    }
    setTimeout(poll, 1000);
  };
  poll();
})();
`;

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Allows this page's own script and style, and nothing else. The bars' widths are set by the script, through the DOM. */
export const LIVE_POLICY = [
  "default-src 'none'",
  `script-src ${sha256(SCRIPT)}`,
  `style-src ${sha256(STYLE)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEAD = ["VM", "memory", "target", "actual", "swap in", "swap out", "slowdown", "PSI some"];

export const LIVE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Aerostat</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1 id="scenario">Aerostat</h1>
<p class="soft" id="about">Waiting for the monitor…</p>
<p id="host"></p>
<p class="soft" id="counts"></p>
</header>
<main>
<h2>VMs</h2>
<p class="key" id="key">Memory by kind: </p>
<div class="scroll" tabindex="0" role="region" aria-label="VMs"><table>
<thead><tr>${HEAD.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>
<tbody id="vms"></tbody>
</table></div>
<p class="soft">The same as JSON: <a href="/api/state">/api/state</a>; for Prometheus: <a href="/metrics">/metrics</a>.</p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
