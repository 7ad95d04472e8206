import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CODES } from "../../lib/errors.ts";
import { FAULT_NAMES } from "../../lib/scenario/faultnames.ts";
import { commandReference } from "../../scripts/docs/commands.ts";
import { scenarioReference } from "../../scripts/docs/scenario.ts";

const page = (name: string) => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

describe("generated pages are current (npm run docs)", () => {
  test("scenario.md", () => expect(page("scenario.md")).toBe(scenarioReference()));
  test("commands.md", () => expect(page("commands.md")).toBe(commandReference()));
});

test("errors.md lists every code with its meaning, and no other", () => {
  const rows = [...page("errors.md").matchAll(/^\| `(AERO_E_\w+)` \| \d \| ([^|]+) \|/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(CODES);
});

test("faults.md has a row for every fault, and no other", () => {
  const names = [...page("faults.md").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(names).toEqual([...FAULT_NAMES]);
});
