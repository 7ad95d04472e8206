/** Grafana's published types (@grafana/schema), asked by the compiler about a dashboard's JSON. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/common.mjs";

/** As far as the types go: their enums are strings in JSON. A panel's options and custom fields are those of its own type of panel. */
const TYPES = `
import type { Dashboard, FieldConfigSource, Panel } from "@grafana/schema";
import type { FieldConfig, Options } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts";
type Json<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type Fields = FieldConfigSource["defaults"];
interface TimeSeries extends Omit<Json<Panel>, "type" | "options" | "fieldConfig"> {
  type: "timeseries";
  options: Json<Options>;
  fieldConfig: { defaults: Json<Omit<Fields, "custom">> & { custom?: Json<FieldConfig> }; overrides: Json<FieldConfigSource["overrides"]> };
}
`;

/** What the compiler has against it; empty: it is of Grafana's shape. */
export function shapeErrors({ panels, ...dashboard }: { readonly panels: readonly unknown[] }): string {
  const folder = mkdtempSync(join(tmpdir(), "aerostat-grafana-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const values = [`dashboard: Json<Dashboard> = ${JSON.stringify(dashboard)}`, `panels: TimeSeries[] = ${JSON.stringify(panels)}`];
    writeFileSync(join(folder, "dashboard.ts"), TYPES + values.map((value) => `export const ${value};\n`).join(""));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", ""];
    const tsc = [join(root, "node_modules/typescript/bin/tsc"), ...options, "dashboard.ts"];
    const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: folder, encoding: "utf8" });
    return status === 0 ? "" : stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
