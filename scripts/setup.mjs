// All that a fresh clone needs, step by step, each only when it is due: Node, packages, build, NATS server.
// Built-in modules only: it runs before anything is installed. It prints to stderr alone, and nothing when nothing is to do.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { build, isBuilt } from "./build.mjs";
import { isMain, root, run, runMain, SetupError, say } from "./common.mjs";
import { ensureNats } from "./nats.mjs";

/** As in package.json's engines. */
export const LEAST_NODE = [20, 19];

export function nodeProblem(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return undefined;
  const least = LEAST_NODE.join(".");
  return `Node ${least} or newer is needed, this is Node ${version}. Install a newer one (https://nodejs.org) and run the command again.`;
}

/** npm writes node_modules/.package-lock.json when an installation is complete. */
export function isInstalled(folder) {
  const installed = join(folder, "node_modules/.package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
}

/** No package's install script is needed, so none is run. */
export function install(folder, what) {
  say(`Installing ${what} (npm ci) ...`);
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const failed = "npm could not install the packages. Is the npm registry reachable from here?";
  if (npm?.endsWith(".js")) run(process.execPath, [npm, ...args], failed);
  else run("npm", args, failed);
}

export async function setup({ nats = true } = {}) {
  const problem = nodeProblem(process.versions.node);
  if (problem) throw new SetupError(problem);
  if (!isInstalled(root)) install(root, "packages");
  if (!isBuilt()) build();
  if (nats) ensureNats(await import("../dist/lib/bus/server.js"));
}

if (isMain(import.meta.url)) await runMain(() => setup({ nats: !process.argv.includes("--no-nats") }));
