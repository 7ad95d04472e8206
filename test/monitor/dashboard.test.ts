/** deploy/observability: the dashboard asks for what /metrics has, from the server that asks the monitor. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { root } from "../../scripts/common.mjs";
import { METRICS } from "../../services/monitor/metrics.ts";

const FOLDER = join(root, "deploy/observability");
const yaml = (path: string) => parse(readFileSync(join(FOLDER, path), "utf8"));
const board = JSON.parse(readFileSync(join(FOLDER, "grafana/dashboards/aerostat.json"), "utf8")) as {
  panels: { title: string; datasource: { uid: string }; targets: { expr: string; legendFormat: string }[] }[];
};
const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }).services;
const targets = board.panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, ...target })));

test("every metric of the dashboard is served, with every label that it is asked by", () => {
  const labels = new Map(METRICS.map((metric) => [metric.name, metric.labels]));
  expect(targets.length).toBeGreaterThan(20);
  for (const { title, expr, legendFormat } of targets) {
    const name = /aerostat_\w+/.exec(expr)?.[0] as string;
    expect(labels.has(name), `${title}: ${name}`).toBe(true);
    const asked = [...expr.matchAll(/\b(\w+)=~?"/g), ...expr.matchAll(/by \((\w+)\)/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)];
    for (const [, label] of asked) expect(labels.get(name), `${title}: ${expr}`).toContain(label);
  }
});

test("counters are rated, gauges are not", () => {
  for (const { expr } of targets) expect([expr, /rate\(/.test(expr)]).toEqual([expr, /_total\b/.test(expr)]);
});

test("Grafana asks Prometheus, and Prometheus the monitor, where docker-compose.yml has them", () => {
  const [source] = yaml("grafana/provisioning/datasources/prometheus.yml").datasources;
  expect(new Set(board.panels.map(({ datasource }) => datasource.uid))).toEqual(new Set([source.uid]));
  expect(source.url).toBe(`http://prometheus:${compose.prometheus.ports[0].split(":").at(-1)}`);
  const [job] = yaml("prometheus.yml").scrape_configs;
  expect(job.static_configs[0].targets).toEqual([`monitor:${compose.monitor.command[2].split(":").at(-1)}`]);
  const folder = yaml("grafana/provisioning/dashboards/aerostat.yml").providers[0].options.path;
  expect(compose.grafana.volumes).toContain(`./deploy/observability/grafana/dashboards:${folder}:ro`);
  expect(compose.grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${folder}/aerostat.json`);
});

// https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/, as far as the dashboard uses it.
const COLUMNS = 24;
const gridPos = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(COLUMNS), h: z.int().min(1) });
const source = z.strictObject({ type: z.literal("prometheus"), uid: z.string().min(1) });
const target = z.strictObject({ refId: z.string().regex(/^[A-Z]$/), expr: z.string().min(1), legendFormat: z.string().min(1) });
const panel = z.looseObject({
  id: z.int().min(1),
  type: z.enum(["timeseries", "stat", "table", "gauge", "bargauge", "heatmap"]),
  title: z.string().min(1),
  datasource: source,
  gridPos,
  fieldConfig: z.strictObject({ defaults: z.looseObject({ unit: z.string().min(1) }), overrides: z.array(z.unknown()) }),
  targets: z.array(target).min(1),
});
const dashboard = z.looseObject({
  uid: z.string().min(1),
  title: z.string().min(1),
  schemaVersion: z.int(),
  panels: z.array(panel).min(1),
});

test("the dashboard is of Grafana's JSON model: every panel has a place of its own, every query a name of its own", () => {
  const { panels } = dashboard.parse(board);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => [x + (i % w), y + Math.floor(i / w)] as const),
  );
  expect(Math.max(...cells.map(([x]) => x))).toBeLessThan(COLUMNS);
  expect(new Set(cells.map(String)).size).toBe(cells.length);
  for (const { title, targets: asked } of panels)
    expect([title, new Set(asked.map(({ refId }) => refId)).size]).toEqual([title, asked.length]);
});
