/** What `npm start` and `npm test` say and count before and after the real work. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { NATS_MISSING } from "../../lib/bus/server.ts";
import manifest from "../../package.json" with { type: "json" };
import { root, SetupError } from "../../scripts/common.mjs";
import { completed, missingOptional, platformEntry } from "../../scripts/lock.mjs";
import { ensureNats } from "../../scripts/nats.mjs";
import { isInstalled, LEAST_NODE, nodeProblem } from "../../scripts/setup.mjs";
import { closingLine, countsOf } from "../../scripts/test.mjs";

const folder = mkdtempSync(join(tmpdir(), "aerostat-setup-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("an old Node is refused with a sentence that says what to do", () => {
  expect(nodeProblem("18.20.4")).toBe(
    "Node 20.19 or newer is needed, this is Node 18.20.4. Install a newer one (https://nodejs.org) and run the command again.",
  );
  expect(nodeProblem("20.18.9")).toMatch(/^Node 20.19 or newer is needed/);
  for (const version of ["20.19.0", "22.0.0", "24.21.0"]) expect(nodeProblem(version)).toBeUndefined();
  expect(manifest.engines.node).toBe(`>=${LEAST_NODE.join(".")}`);
});

test("packages are installed when npm finished after the lock file changed", () => {
  const lock = join(folder, "package-lock.json");
  const done = join(folder, "node_modules/.package-lock.json");
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(lock, "{}");
  expect(isInstalled(folder)).toBe(false);
  writeFileSync(done, "{}");
  expect(isInstalled(folder)).toBe(true);
  utimesSync(done, 1, 1);
  expect(isInstalled(folder)).toBe(false);
});

const server = (path?: string) => ({ findNatsServer: () => path, NATS_MISSING });
const never = () => false;

test("a NATS server that is there, or named by AEROSTAT_NATS_URL, is enough", () => {
  expect(() => ensureNats(server("/usr/sbin/nats-server"), undefined, never)).not.toThrow();
  expect(() => ensureNats(server(), "nats://127.0.0.1:1", never)).not.toThrow();
});

test("without a server, a user who can not install one is told every way to get one", () => {
  expect(() => ensureNats(server(), undefined, never)).toThrow(SetupError);
  for (const way of ["AEROSTAT_NATS_URL=", "apt-get install nats-server", "brew install nats-server", "https://nats.io/download"]) {
    expect(() => ensureNats(server(), "", never)).toThrow(way);
  }
});

describe("the lock file", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

  test("names no registry's host, and the binaries of every platform", () => {
    const entries = Object.entries(lock.packages as Record<string, { resolved?: string }>);
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(missingOptional(lock)).toEqual([]);
  });

  test("is completed where a registry lacks a platform's binary", () => {
    const bare = {
      packages: {
        "node_modules/a": { dev: true, optionalDependencies: { "@a/cli-linux-x64-musl": "1.2.3", b: "^2.0.0" } },
        "node_modules/b": {},
      },
    };
    expect(missingOptional(bare)).toEqual([["@a/cli-linux-x64-musl", "1.2.3", true]]);
    expect(completed(bare).packages["node_modules/@a/cli-linux-x64-musl"]).toEqual({
      version: "1.2.3",
      cpu: ["x64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    });
    expect(() => platformEntry("left-pad", "1.0.0", true)).toThrow("by hand");
  });
});

test("a set-up with nothing to do says nothing", () => {
  const done = spawnSync(process.execPath, [join(root, "scripts/setup.mjs")], { encoding: "utf8" });
  expect(done.status).toBe(0);
  const again = spawnSync(process.execPath, [join(root, "scripts/setup.mjs")], { encoding: "utf8" });
  expect([again.status, again.stdout, again.stderr]).toEqual([0, "", ""]);
});

test("the closing line counts tests, files that did not load, and errors outside tests", () => {
  const file = (status: string, tests: number) => ({ status, assertionResults: Array(tests).fill({}) });
  const result = {
    numPassedTests: 7,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [file("failed", 1), file("failed", 0)],
  };
  expect(countsOf(result)).toEqual({ passed: 7, failed: 2, skipped: 2 });
  expect(closingLine({ passed: 7, failed: 2, skipped: 2 }, 1)).toBe("7 passed, 2 failed, 2 skipped");
  expect(closingLine({ passed: 7, failed: 0, skipped: 0 }, 0)).toBe("7 passed, 0 failed");
  expect(closingLine({ passed: 7, failed: 0, skipped: 0 }, 1)).toBe("7 passed, 1 failed");
});
