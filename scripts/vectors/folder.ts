/** A folder of vector files, checked file by file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, type Checker, type Json, same } from "./case.ts";
import { CHECKERS } from "./checkers.ts";

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly total: number;
  readonly first: Case | undefined;
  /** Why the file could not be checked at all, or not in full. */
  readonly problem: string | undefined;
}

/** Checks every .json file of the folder, by name. */
export function checkFolder(folder: string): FileResult[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => checkFile(folder, name));
}

function checkFile(folder: string, name: string): FileResult {
  let file: Json;
  try {
    file = JSON.parse(readFileSync(join(folder, name), "utf8"));
  } catch (error) {
    return { file: name, passed: 0, total: 0, first: undefined, problem: `not JSON: ${(error as Error).message}` };
  }
  const checker = CHECKERS.find(({ sections }) => sections.some((section) => file?.[section] !== undefined));
  if (checker === undefined) return { file: name, passed: 0, total: 0, first: undefined, problem: "no known vector format" };
  const result = count(name, checker.cases(file));
  return { ...result, problem: result.problem ?? unknownSection(file, checker) };
}

function count(file: string, cases: Iterable<Case>): FileResult {
  let passed = 0;
  let total = 0;
  let first: Case | undefined;
  let problem: string | undefined;
  try {
    for (const test of cases) {
      total++;
      if (same(test.expected, test.ours)) passed++;
      else first ??= test;
    }
  } catch (error) {
    problem = `the case after the first ${total} is not understood: ${(error as Error).message}`;
  }
  return { file, passed, total, first, problem };
}

/** A list of cases that no checker knows must not pass unseen. */
function unknownSection(file: Json, checker: Checker): string | undefined {
  const unknown = Object.keys(file).filter((key) => holdsCases(file[key]) && !checker.sections.includes(key));
  return unknown.length === 0 ? undefined : `unknown section ${unknown.map((key) => `"${key}"`).join(", ")}`;
}

function holdsCases(value: Json): boolean {
  const list = Array.isArray(value) ? value : value?.cases;
  return Array.isArray(list) && typeof list[0] === "object";
}

/** Every case of a file that is understood in full passed, and there was one. */
export function isGood({ passed, total, problem }: FileResult): boolean {
  return total > 0 && passed === total && problem === undefined;
}
