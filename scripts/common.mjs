// What every script needs: the project's folder, one-line notes on stderr (stdout belongs to results), and child processes.
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Whether a module is the program that was started, rather than imported: pass its import.meta.url. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Ends the script with a sentence that a user can act on. */
export class SetupError extends Error {}

/** Runs a command to its end, its output on stderr; throws the sentence `failed` when it fails. */
export function run(command, args, failed, env = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], env: { ...process.env, ...env } });
  if (done.error) throw new SetupError(`${failed} (${done.error.message})`);
  if (done.status !== 0)
    throw new SetupError(`${failed} (${command} ended with ${done.signal || `code ${done.status}`}; its output is above)`);
}

/** Runs the JavaScript entry of an installed tool with this very Node: no PATH, no shell. */
export function runTool(entry, args, failed) {
  run(process.execPath, [join(root, "node_modules", entry), ...args], failed);
}

/** Runs `main` and turns an error into a line and an exit code. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`aerostat: ${error.message}`);
    process.exitCode = 1;
  }
}
