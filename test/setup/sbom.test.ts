import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { repeatable } from "../../scripts/sbom.mjs";

test("the bill of materials has nothing that differs from one making to the next", () => {
  const made = { serialNumber: "urn:uuid:1", metadata: { timestamp: "now", component: { name: "aerostat" } }, components: [1] };
  expect(repeatable(made)).toEqual({ metadata: { component: { name: "aerostat" } }, components: [1] });
});

test("no package's install script is needed: npm is told to run none", () => {
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  for (const file of ["Dockerfile", "scripts/setup.mjs", "scripts/lock.mjs"]) {
    const installs = readFileSync(join(root, file), "utf8").match(/.*\bnpm (ci|prune)\b.*|.*"(ci|install)", .*/g) ?? [];
    expect(installs.length, file).toBeGreaterThan(0);
    for (const line of installs.filter((line) => !/say\(|^\s*\/\//.test(line))) expect(line).toContain("--ignore-scripts");
  }
});
