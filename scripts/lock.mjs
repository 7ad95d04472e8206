// Writes package-lock.json anew after package.json changed, complete for every platform.
// A registry mirror may lack the binaries of other platforms; npm then leaves them out of the lock file without a word, and
// `npm ci` refuses such a file wherever the registry has them. Their version is that of the package that asks for them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, root, run, runMain, say } from "./common.mjs";

/** Packages that another one asks for, optionally, and that the lock file does not have: [name, version, whether it is for development]. */
export function missingOptional(lock) {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !lock.packages[`${path}/node_modules/${name}`] && !lock.packages[`node_modules/${name}`])
      .map(([name, version]) => [name, version, dev]),
  );
}

const CPUS = { aarch64: "arm64", armv7: "arm" };

/** An entry for a platform's binary, from its name: `@biomejs/cli-linux-x64-musl`. */
export function platformEntry(name, version, dev) {
  const match = /-(android|darwin|linux|win32)-(arm64|x64|aarch64|armv7)(?:-(musl))?$/.exec(name);
  if (match === null || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`${name}@${version} is not a platform's binary: add it to package-lock.json by hand`);
  const [, os, cpu, libc] = match;
  return { version, cpu: [CPUS[cpu] || cpu], ...(dev ? { dev } : {}), ...(libc ? { libc: [libc] } : {}), optional: true, os: [os] };
}

export function completed(lock) {
  const added = missingOptional(lock).map(([name, version, dev]) => [`node_modules/${name}`, platformEntry(name, version, dev)]);
  const packages = Object.entries(lock.packages).concat(added);
  return { ...lock, packages: Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en"))) };
}

async function main() {
  run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], "npm could not resolve package.json.");
  const path = join(root, "package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const missing = missingOptional(lock).map(([name]) => name);
  if (missing.length > 0) say(`Not in this registry, completed from their names: ${missing.join(", ")}`);
  writeFileSync(path, `${JSON.stringify(completed(lock), null, 2)}\n`);
}

if (isMain(import.meta.url)) await runMain(main);
