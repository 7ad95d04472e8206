/** The references that the project carries: test/fixtures/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AerostatError } from "../lib/errors.ts";
import { projectRoot } from "./root.ts";

export function fixturePath(path: string): string {
  return join(projectRoot(), "test", "fixtures", path);
}

/** A JSON fixture; `T` is the shape that the file is kept in. */
export function jsonFixture<T>(path: string): T {
  return JSON.parse(textOf(path)) as T;
}

/** A CSV fixture as columns by name; an empty field is NaN. */
export function csvFixture(path: string): Readonly<Record<string, readonly number[]>> {
  const [head, ...lines] = textOf(path).trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(",").map((field) => (field === "" ? Number.NaN : Number(field))));
  const names = (head as string).split(",");
  return Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i] ?? Number.NaN)]));
}

function textOf(path: string): string {
  const file = fixturePath(path);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AerostatError("AERO_E_INPUT", `validate compares with ${file}, which can not be read; it is part of the repository`, {
      cause,
    });
  }
}
