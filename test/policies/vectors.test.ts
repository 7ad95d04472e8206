import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Json } from "../../scripts/vectors/case.ts";
import { checkFolder, isGood } from "../../scripts/vectors/folder.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/policies");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vectors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkOne(name: string, change: (file: Json) => void): ReturnType<typeof checkFolder>[number] | undefined {
  const file = JSON.parse(readFileSync(join(FIXTURES, name), "utf8"));
  change(file);
  writeFileSync(join(folder, name), JSON.stringify(file));
  return checkFolder(folder).find(({ file }) => file === name);
}

test("every vector of the original programs passes", () => {
  const results = checkFolder(FIXTURES);
  expect(results.map(({ file, first, problem }) => ({ file, first, problem }))).toEqual(
    ["cros", "mom", "proxmox", "psi", "qubes", "squeezed"].map((name) => ({
      file: `${name}.json`,
      first: undefined,
      problem: undefined,
    })),
  );
  expect(Object.fromEntries(results.map(({ file, passed }) => [file, passed]))).toEqual({
    "cros.json": 461,
    "mom.json": 582,
    "proxmox.json": 169,
    "psi.json": 400,
    "qubes.json": 158,
    "squeezed.json": 186,
  });
});

const PLACES: [string, (string | number)[]][] = [
  ["cros.json", ["balanceAvailable", 3, "steps", 2, "delta"]],
  ["cros.json", ["limitCache", 7, "delta"]],
  ["cros.json", ["deflateToSaveProcess", 0, "freed"]],
  ["mom.json", ["balloonCases", 1, "expected", "mom-balloon.rules", "targets", "a", "raw"]],
  ["mom.json", ["ksmCases", 1, "expected", "vdsm-03-ksm.policy", "controls", "ksm_run"]],
  ["proxmox.json", ["golden_vectors", 0, "output", "101"]],
  ["proxmox.json", ["upstream_cases", 15, "trace", 4, "targets", "102"]],
  ["psi.json", ["sequences", 0, "steps", 0, "fixed", 2]],
  ["qubes.json", ["cases", 0, "expected", "pref", "1"]],
  ["qubes.json", ["cases", 1, "upstreamExpected", "balloon", 0, 1]],
  ["squeezed.json", ["scenarios", 0, "freshState", "trace", 50, "free"]],
  ["squeezed.json", ["scenarios", 5, "upstreamSharedStateOutcome", "ticksTotal"]],
  ["squeezed.json", ["oneIteration", "cases", 0, "result", "AdjustTargets", "1"]],
  ["squeezed.json", ["randomLoops", "cases", 0, "run", "finalFree"]],
];

test.each(PLACES)("one number changed in %s at %j is found", (name, path) => {
  const result = checkOne(name, (file) => {
    const object: Json = path.slice(0, -1).reduce((object, step) => object[step], file);
    object[path[path.length - 1] as string] += 1;
  });
  expect((result?.total ?? 0) - (result?.passed ?? 0)).toBe(1);
  expect(result?.first?.ours).not.toEqual(result?.first?.expected);
  expect(isGood(result as never)).toBe(false);
});

test("what is not understood is not passed over", () => {
  const unknownSection = checkOne("psi.json", (file) => {
    file.triggers = [{ window: 1 }];
  });
  expect(unknownSection).toMatchObject({ problem: 'unknown section "triggers"' });
  const unknownField = checkOne("psi.json", (file) => {
    file.sequences[0].steps[4].growth = 7;
  });
  expect(unknownField).toMatchObject({ passed: 399, total: 400 });
  const unknownDriver = checkOne("squeezed.json", (file) => {
    file.randomLoops.cases[0].spec[0].behaviour.kind = "moody";
  });
  expect(unknownDriver?.problem).toContain('unknown behaviour "moody"');
  writeFileSync(join(folder, "other.json"), '{"rows": []}');
  expect(checkFolder(folder)[0]).toMatchObject({ file: "other.json", problem: "no known vector format" });
});
