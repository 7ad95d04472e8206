/** docs/policies.md says what the modules say, and has a table for every situation. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadScenario } from "../../lib/scenario/load.ts";
import { KNOWN } from "../../scripts/policies/known.ts";
import { policyReference } from "../../scripts/policies/reference.ts";
import { POLICIES } from "../../services/hypervisor/policies/registry.ts";

const page = readFileSync("docs/policies.md", "utf8");

test("the reference is current (else: npm run policies)", () => {
  expect(page.startsWith(policyReference())).toBe(true);
});

test("every policy is described, and nothing else", () => {
  expect(Object.keys(KNOWN).sort()).toEqual(POLICIES.map(({ name }) => name).sort());
});

test.each(readdirSync("scenarios/policies"))("%s has its table, with every policy that has defaults", async (file) => {
  const { scenario } = await loadScenario(`scenarios/policies/${file}`);
  const table = page.split(`### ${scenario.name}\n`)[1]?.split("\n### ")[0] ?? "";
  expect(table).toContain(scenario.description);
  for (const { name } of POLICIES) if (name !== "static") expect(table).toMatch(new RegExp(`^\\| ${name} \\| [\\d.]+`, "m"));
});
