// Sets the project up and runs the tests; the last line is their count, from vitest's own result.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMain, root, runMain } from "./common.mjs";
import { install, isInstalled, setup } from "./setup.mjs";

/** Counts of vitest's JSON result; a file that could not even be loaded counts as one failure. */
export function countsOf(result) {
  const unloadable = result.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + unloadable,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** `ended` is vitest's exit code: an error outside every test is a failure too. */
export function closingLine({ passed, failed, skipped }, ended) {
  const line = `${passed} passed, ${ended === 0 ? failed : Math.max(failed, 1)} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

/** The determinism test's second Node: only there is a package of it, so only there is it installed. */
const OTHER_NODE = join(root, "test/determinism/node24");

async function main() {
  await setup();
  if (process.platform === "linux" && process.arch === "x64" && !isInstalled(OTHER_NODE))
    install(OTHER_NODE, "Node 24 for the determinism test");
  const folder = mkdtempSync(join(tmpdir(), "aerostat-test-"));
  const file = join(folder, "result.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...process.argv.slice(2)];
  const ended = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
  const counts = existsSync(file) ? countsOf(JSON.parse(readFileSync(file, "utf8"))) : { passed: 0, failed: 0, skipped: 0 };
  rmSync(folder, { recursive: true });
  process.exitCode = ended;
  process.stdout.write(`${closingLine(counts, ended)}\n`);
}

if (isMain(import.meta.url)) await runMain(main);
