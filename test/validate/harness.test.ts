/** The harness: rows, exit codes, JSON, document and plots. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { validate } from "../../validate/command.ts";
import type { Group } from "../../validate/group.ts";
import { type Plot, svgOf } from "../../validate/plot.ts";
import { absolute, type Row, relative } from "../../validate/row.ts";
import { groupsNamed, runGroups } from "../../validate/run.ts";

const folder = mkdtempSync(join(tmpdir(), "validate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const spec = { id: "sample/a", reference: 2, ours: 2.1, tolerance: 0.1, unit: "s", source: "a book" };

describe("a row", () => {
  test("absolute: the difference counts", () => {
    expect(absolute(spec)).toMatchObject({ group: "sample", met: true, kind: "absolute" });
    expect(absolute({ ...spec, ours: 2.2 }).met).toBe(false);
    expect(absolute({ ...spec, ours: 1.8 }).error).toBeCloseTo(0.2, 12);
  });

  test("relative: the share of the reference counts", () => {
    expect(relative(spec).error).toBeCloseTo(0.05, 12);
    expect(relative({ ...spec, ours: 2.3 }).met).toBe(false);
    expect(relative({ ...spec, reference: 0, ours: 0 }).met).toBe(true);
    expect(relative({ ...spec, reference: 0, ours: 1 })).toMatchObject({ met: false, error: null, ours: null });
  });

  test("no answer, or none that is a number, is missed", () => {
    expect(absolute({ ...spec, ours: null })).toMatchObject({ met: false, error: null });
    expect(absolute({ ...spec, ours: Number.NaN })).toMatchObject({ met: false, error: null, ours: null });
  });
});

function groupOf(name: string, rows: readonly Row[]): Group {
  return { name, title: `Group ${name}`, run: () => ({ rows, plots: [plotOf(name)], notes: ["A note."] }) };
}

function plotOf(name: string): Plot {
  return {
    name: `${name}-plot`,
    title: "a < b",
    x: "x",
    y: "y",
    series: [
      {
        label: "reference",
        points: [
          [0, 1],
          [1, 2],
        ] as const,
        reference: true,
      },
      {
        label: "ours",
        points: [
          [0, 1],
          [1, Number.NaN],
          [2, 2],
        ] as const,
        reference: false,
      },
    ],
  };
}

const good = groupOf("good", [absolute({ ...spec, id: "good/a" })]);
const bad = groupOf("bad", [absolute({ ...spec, id: "bad/a" }), absolute({ ...spec, id: "bad/b", ours: null })]);

async function run(only: readonly string[], groups: readonly Group[], extra: Record<string, string> = {}) {
  let out = "";
  const lines: string[] = [];
  const streams = { out: (text: string) => (out += text), progress: (line: string) => lines.push(line) };
  const exitCode = await validate({ only, document: join(folder, "page.md"), ...extra }, streams, groups);
  return { exitCode, out, lines };
}

describe("validate", () => {
  test("exit code 0 when every row is met, 1 when one is missed", async () => {
    expect((await run([], [good])).exitCode).toBe(0);
    const { exitCode, out, lines } = await run([], [good, bad]);
    expect(exitCode).toBe(1);
    expect(out).toContain("missed  bad/b: reference 2 s, no answer\n");
    expect(out).toContain("2 of 3 rows met, 1 missed");
    expect(lines).toContain("Group bad");
  });

  test("--only runs those groups, and refuses a group that is not there", async () => {
    expect((await run(["good"], [good, bad])).exitCode).toBe(0);
    await expect(run(["other"], [good, bad])).rejects.toThrow(/--only other: there is no such group of rows; known: good, bad/);
  });

  test("--real-guest must be a folder that is there", async () => {
    await expect(run([], [good], { realGuest: join(folder, "none") })).rejects.toThrow(
      /--real-guest .*none: there is no such file or folder/,
    );
  });

  test("--json has the rows with what the table has", async () => {
    await run([], [good, bad], { json: join(folder, "rows.json") });
    const { rows } = JSON.parse(readFileSync(join(folder, "rows.json"), "utf8"));
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ id: "good/a", group: "good", reference: 2, ours: 2.1, tolerance: 0.1, met: true });
    expect(rows[2]).toMatchObject({ id: "bad/b", ours: null, error: null, met: false });
  });

  test.runIf(existsSync("/proc/self"))("a folder that can not be made is told before the rows are computed", async () => {
    const never = { ...good, run: () => expect.unreachable() };
    await expect(run(["good"], [never], { json: "/proc/nope/rows.json" })).rejects.toThrow(/the folder \/proc\/nope can not be made/);
  });

  test("the document has every row, and the plots that it shows", async () => {
    await run([], [good, bad]);
    const text = readFileSync(join(folder, "page.md"), "utf8");
    for (const id of ["good/a", "bad/a", "bad/b"]) expect(text).toContain(`| ${id} |`);
    expect(text).toContain("**2 of 3 rows are met.**");
    expect(text).toContain("`bad/b`: the reason is not known.");
    const shown = [...text.matchAll(/\]\(page\/([^)]+)\)/g)].map((match) => match[1]).sort();
    expect(readdirSync(join(folder, "page")).sort()).toEqual(shown);
    // A plot that is no longer made is removed.
    await run([], [good]);
    expect(readdirSync(join(folder, "page"))).toEqual(["good-plot.svg"]);
  });

  test("rows carry their group's name, once each", async () => {
    const options = { realGuestFolder: "", traceFile: undefined, progress: () => undefined };
    const twice = groupOf("good", [absolute({ ...spec, id: "good/a" }), absolute({ ...spec, id: "good/a" })]);
    await expect(runGroups([twice], options)).rejects.toThrow(/ids of their own/);
    await expect(runGroups([groupOf("other", [absolute({ ...spec, id: "good/a" })])], options)).rejects.toThrow(/begin with its name/);
  });

  test("the groups of the project have different names", () => {
    const names = groupsNamed([]).map((group) => group.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("replacement");
  });
});

test("a plot is well-formed, and says nothing that is no number", () => {
  const svg = svgOf(plotOf("x"));
  expect(svg).toContain("a &lt; b");
  expect(svg).not.toContain("NaN");
  const opened = [...svg.matchAll(/<(\w+)/g)].length;
  const closed = [...svg.matchAll(/<\/\w+>|\/>/g)].length;
  expect(closed).toBe(opened);
});
