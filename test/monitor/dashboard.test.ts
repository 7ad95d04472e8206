/** deploy/observability: the dashboard asks for what /metrics has, from the server that asks the monitor. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { root } from "../../scripts/common.mjs";
import { METRICS } from "../../services/monitor/metrics.ts";
import { shapeErrors } from "./grafana.ts";

const FOLDER = join(root, "deploy/observability");
const yaml = (path: string) => parse(readFileSync(join(FOLDER, path), "utf8"));
const board = JSON.parse(readFileSync(join(FOLDER, "grafana/dashboards/aerostat.json"), "utf8")) as {
  panels: {
    id: number;
    title: string;
    datasource: { uid: string };
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { refId: string; expr: string; legendFormat: string }[];
  }[];
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

const COLUMNS = 24;

test("the dashboard is of the types that Grafana publishes, and one with a mistake is not", () => {
  expect(shapeErrors(board)).toBe("");
  const legend = { showLegend: true, calcs: [], displayMode: "list", placement: "bottom" };
  const mistakes: [string, object][] = [
    [`'"some"' is not assignable`, { options: { legend, tooltip: { mode: "some", sort: "desc" } } }],
    [`'"lineWidht"' does not exist`, { fieldConfig: { defaults: { custom: { lineWidht: 2 } }, overrides: [] } }],
    ["'h' is missing", { gridPos: { x: 0, y: 0, w: 12 } }],
    [`'"graph"' is not assignable`, { type: "graph" }],
  ];
  for (const [told, mistake] of mistakes) {
    const [first, ...others] = board.panels;
    expect(shapeErrors({ ...board, panels: [{ ...first, ...mistake }, ...others] })).toContain(told);
  }
});

test("every panel has a place of its own in Grafana's 24 columns, every query a name of its own", () => {
  const { panels } = board;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => [x + (i % w), y + Math.floor(i / w)] as const),
  );
  expect(Math.max(...cells.map(([x]) => x))).toBeLessThan(COLUMNS);
  expect(new Set(cells.map(String)).size).toBe(cells.length);
  for (const { title, targets: asked } of panels) {
    expect([title, new Set(asked.map(({ refId }) => refId)).size]).toEqual([title, asked.length]);
    for (const one of asked) expect(Object.keys(one).sort(), title).toEqual(["expr", "legendFormat", "refId"]);
  }
});

// https://grafana.com/docs/grafana/latest/administration/provisioning/: the fields that there are.
const dataSources = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string().min(1),
      uid: z.string().min(1),
      type: z.literal("prometheus"),
      access: z.enum(["proxy", "direct"]),
      url: z.url(),
      isDefault: z.boolean(),
      editable: z.boolean(),
      jsonData: z.strictObject({ timeInterval: z.string().regex(/^\d+s$/) }),
    }),
  ),
});
const providers = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string().min(1),
      type: z.literal("file"),
      allowUiUpdates: z.boolean(),
      options: z.strictObject({ path: z.string().startsWith("/") }),
    }),
  ),
});

test("what Grafana is provisioned with has the fields of its documentation, and no other", () => {
  dataSources.parse(yaml("grafana/provisioning/datasources/prometheus.yml"));
  providers.parse(yaml("grafana/provisioning/dashboards/aerostat.yml"));
  expect(compose.grafana.volumes).toContain("./deploy/observability/grafana/provisioning:/etc/grafana/provisioning:ro");
  // The types are of the version that is run.
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(compose.grafana.image).toBe(`grafana/grafana:${devDependencies["@grafana/schema"]}.0`);
});
