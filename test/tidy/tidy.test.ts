/** The project's own source keeps to its rules; each failure names what is banned and what to write instead. */
import { expect, test } from "vitest";
import { directionProblems, reachable } from "./imports.ts";
import { modelProblems, modelSources } from "./model.ts";
import { fileProblems, lineProblems } from "./size.ts";
import { sourcesIn } from "./source.ts";

const FOLDERS = ["lib", "services", "cli", "bench", "validate"];
const sources = FOLDERS.flatMap((folder) => sourcesIn(folder, [".ts"]));
const tests = sourcesIn("test", [".ts"]);
const scripts = sourcesIn("scripts", [".mjs", ".ts"]);

const SCRIPTS = ["docs", "picture", "policies", "vectors"].map((name) => `scripts/${name}.ts`);
/** What is started by name: programs, and what vitest.config.ts has done before each file of tests. */
const ENTRIES = ["cli/main.ts", "bench/run.ts", ...SCRIPTS, "test/random.ts"];

/** Files that may be longer than the rest, and why. */
const LONG: Readonly<Record<string, string>> = {};

test("model code uses nothing whose result depends on the machine, the clock or the Node version", () => {
  const model = modelSources(sources);
  // Guards the guard: were the actors not found, nothing would be looked at.
  const paths = model.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(["lib/engine/kernel.ts", "lib/engine/random.ts"]));
  for (const service of ["guest", "hypervisor", "monitor"])
    expect(paths.filter((path) => path.startsWith(`services/${service}/`))).not.toEqual([]);
  expect(model.flatMap(modelProblems)).toEqual([]);
});

test("imports go cli -> services -> lib, and no service imports another", () => {
  expect(directionProblems(sources)).toEqual([]);
});

test("every module is reached from an entry point or a test", () => {
  const all = [...sources, ...tests, ...scripts.filter(({ path }) => path.endsWith(".ts"))];
  const used = reachable(all, [...ENTRIES, ...tests.map(({ path }) => path).filter((path) => path.endsWith(".test.ts"))]);
  const dead = all.filter(({ path }) => !used.has(path)).map(({ path }) => `${path} is imported by nothing: delete it.`);
  expect(dead).toEqual([]);
});

test("lines fit", () => {
  expect([...sources, ...tests, ...scripts, ...sourcesIn("proto", [".proto"])].flatMap(lineProblems)).toEqual([]);
});

test("files are short", () => {
  expect(fileProblems([...sources, ...scripts], LONG)).toEqual([]);
});
