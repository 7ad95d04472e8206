// Writes test/fixtures/golden.json anew: the digest that test/determinism expects.
// To be run when the model's behaviour was meant to change.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runMain, say } from "./common.mjs";
import { setup } from "./setup.mjs";

const SCENARIO = "scenarios/small.yaml";

await runMain(async () => {
  await setup({ nats: false });
  const out = mkdtempSync(join(tmpdir(), "aerostat-golden-"));
  const args = [join(root, "dist/cli/main.js"), "run", SCENARIO, "--json", "--out", out];
  const { digest } = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }));
  rmSync(out, { recursive: true });
  writeFileSync(join(root, "test/fixtures/golden.json"), `${JSON.stringify({ scenario: SCENARIO, digest }, null, 2)}\n`);
  say(`The golden digest of ${SCENARIO} is now ${digest}.`);
});
