/** V8's options come and go between its versions, and Node ends at once at one that it does not know. */
import { spawnSync } from "node:child_process";

const NAME = /^--(?:no-)?([a-z0-9-]+)/;

/** Of `options`, those that the Node at `path` has. */
export function knownOptions(options: readonly string[], path = process.execPath): readonly string[] {
  const listed = spawnSync(path, ["--v8-options"], { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 }).stdout ?? "";
  const names = new Set([...listed.matchAll(/^ +--([a-z0-9-]+) \(/gm)].map(([, name]) => name));
  return options.filter((option) => names.has(NAME.exec(option)?.[1]));
}
