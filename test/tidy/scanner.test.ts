/** The tidy rules catch what they are for: each is shown a bad sample, and a good one that looks like it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directionProblems, importsOf, reachable } from "./imports.ts";
import { modelProblems, modelSources } from "./model.ts";
import { FILE_LINES_MAX, fileProblems, LINE_MAX, lineProblems } from "./size.ts";
import { codeOf, ROOT, type Source } from "./source.ts";

const file = (path: string, text: string): Source => ({ path, text });
const inModel = (text: string): string[] => modelProblems(file("services/guest/sample.ts", text));

describe("banned in model code", () => {
  const bad: readonly (readonly [string, string])[] = [
    ["const y = Math.pow(a, b);", "`Math.pow` is banned in model code: write Math.exp(b * Math.log(a))"],
    ["const y = a ** b;", "`**` is banned in model code: write Math.exp(b * Math.log(a))"],
    ["y **= 2;", "`**=` is banned"],
    ["const y = Math.random();", "`Math.random` is banned in model code: draw from context.random(purpose)"],
    ["const y = Math.cbrt(x);", "`Math.cbrt` is banned in model code: use exp, log and sqrt"],
    ["const { pow } = Math;", "`Math` is banned in model code: call each function as Math.name()"],
    ['const y = Math["pow"](2, 3);', "`Math[` is banned"],
    ["const t = Date.now();", "`Date` is banned in model code: take the time from context.nowNs"],
    ["const t = performance.now();", "`performance` is banned"],
    ["const t = process.hrtime();", "`process.hrtime` is banned"],
    ["setTimeout(f, 1);", "`setTimeout` is banned in model code: set a timer with context.after()"],
    ["setInterval(f, 1);", "`setInterval` is banned"],
    ["queueMicrotask(f);", "`queueMicrotask` is banned"],
    ["async function f() {}", "`async` is banned in model code: an actor is a synchronous state machine"],
    ["const x = await y;", "`await` is banned"],
    ["return new Promise(f);", "`Promise` is banned"],
    ["a.localeCompare(b);", "`localeCompare` is banned"],
    ["(1).toLocaleString();", "`toLocaleString` is banned"],
    ["new Intl.NumberFormat();", "`Intl` is banned"],
    ['import { readFileSync } from "node:fs";', 'import of "node:fs" is banned'],
    ['import fs from "fs";', 'import of "fs" is banned'],
    ['const m = import("./x.ts");', "`import(` is banned"],
    [`const text = \`\${a ** b}\`;`, "`**` is banned"],
  ];
  test.each(bad)("%s", (text, message) => {
    const problems = inModel(`const first = 1;\n${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    if (!text.startsWith("import ")) expect(problems[0]).toMatch(/^services\/guest\/sample\.ts:2: /);
  });

  const good: readonly string[] = [
    "// Date, Math.pow and a ** b in a comment",
    "/* await\n Promise */ const x = 1;",
    'const text = "Date.now() and a ** b";',
    "const text = `setTimeout ${Math.exp(1)} await`;",
    "const pattern = /\\*\\* Date/;",
    "const updated = asyncPages + dateNs + promise;",
    "const y = Math.exp(b * Math.log(a)) + Math.sqrt(Math.max(0, Math.floor(x / 2)));",
    "const process = 3; for (const entry of processes) use(process, entry);",
  ];
  test.each(good)("allowed: %s", (text) => {
    expect(inModel(text)).toEqual([]);
  });
});

test("model code is every actor, and what it is made of at run time", () => {
  const sources = [
    file(
      "services/guest/actor.ts",
      'import { a } from "./memory.ts";\nimport type { T } from "./types.ts";\nclass Guest implements Actor {}',
    ),
    file("services/guest/memory.ts", 'import { units } from "../../lib/units.ts";'),
    file("services/guest/types.ts", ""),
    file("services/guest/process.ts", 'import { Guest } from "./actor.ts";\nsetTimeout(f, 1);'),
    file("lib/units.ts", ""),
  ];
  expect(modelSources(sources).map(({ path }) => path)).toEqual(["services/guest/actor.ts", "services/guest/memory.ts", "lib/units.ts"]);
});

test("code keeps its place when comments and strings are blanked", () => {
  const text = "a /* x\ny */ b 'c' `d${e + `f${g}`}h` /i[/]j/ k / l; // m\nn";
  expect(codeOf(text)).toBe("a     \n     b ' ' ` ${e + ` ${g}`} ` /     / k / l;     \nn");
  expect(codeOf(text, true)).toBe("a     \n     b 'c' `d${e + `f${g}`}h` /i[/]j/ k / l;     \nn");
});

describe("imports", () => {
  test("every form is seen", () => {
    const text = [
      'import a from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import {\n  c,\n  d,\n} from "../c.ts";',
      'export * from "./d.ts";',
      'import "./e.ts";',
      'const f = await import("./f.ts");',
      'const g = new URL("./g.ts", import.meta.url);',
      'const h = new URL("../../dist/bench/h.js", import.meta.url);',
      'const folder = new URL("../../", import.meta.url);',
      'import pkg from "nats";',
      '// import gone from "./i.ts";',
    ].join("\n");
    expect(importsOf(file("lib/x/sample.ts", text)).map(({ path, typeOnly }) => `${path}${typeOnly ? " (type)" : ""}`)).toEqual([
      "lib/x/a.ts",
      "lib/x/b.ts (type)",
      "lib/c.ts",
      "lib/x/d.ts",
      "lib/x/e.ts",
      "lib/x/f.ts",
      "lib/x/g.ts",
      "bench/h.ts",
      "undefined",
      "undefined",
    ]);
  });

  test.each([
    ["lib/a.ts", "../services/guest/b.ts", false],
    ["lib/a.ts", "../cli/b.ts", false],
    ["services/guest/a.ts", "../monitor/b.ts", false],
    ["services/guest/a.ts", "../../cli/b.ts", false],
    ["cli/a.ts", "../test/b.ts", false],
    ["services/guest/a.ts", "../../lib/b.ts", true],
    ["services/guest/a.ts", "./deep/b.ts", true],
    ["cli/a.ts", "../services/guest/b.ts", true],
    ["test/a.test.ts", "../cli/b.ts", true],
  ])("%s importing %s is allowed: %s", (path, specifier, allowed) => {
    expect(directionProblems([file(path, `import { x } from "${specifier}";`)])).toHaveLength(allowed ? 0 : 1);
  });

  test("a file that nothing imports is not reached", () => {
    const sources = [file("cli/main.ts", 'import "../lib/a.ts";'), file("lib/a.ts", ""), file("lib/b.ts", "")];
    expect([...reachable(sources, ["cli/main.ts"])]).toEqual(["cli/main.ts", "lib/a.ts"]);
  });
});

describe("sizes", () => {
  test("a long line is named", () => {
    expect(lineProblems(file("lib/a.ts", `short\n${"x".repeat(LINE_MAX + 1)}`))).toEqual([
      "lib/a.ts:2: 141 characters, at most 140 fit: break the line.",
    ]);
    expect(lineProblems(file("lib/a.ts", "x".repeat(LINE_MAX)))).toEqual([]);
  });

  test("a long file is named, unless it is on the list; a needless entry is named too", () => {
    const long = file("lib/a.ts", "x\n".repeat(FILE_LINES_MAX + 1));
    const short = file("lib/b.ts", "x\n".repeat(FILE_LINES_MAX));
    expect(fileProblems([long, short], {})).toEqual([expect.stringContaining("lib/a.ts: 201 lines")]);
    expect(fileProblems([long, short], { "lib/a.ts": "why" })).toEqual([]);
    expect(fileProblems([short], { "lib/b.ts": "why" })).toEqual([expect.stringContaining("take it off the list")]);
  });

  test("biome refuses a function of more than 50 lines in the sources", () => {
    const folder = mkdtempSync(join(tmpdir(), "aerostat-tidy-"));
    mkdirSync(join(folder, "lib"));
    const lint = (lines: number): string => {
      writeFileSync(
        join(folder, "lib/sample.ts"),
        `export function f(a: number): number {\n${"  a.toFixed();\n".repeat(lines - 1)}  return a;\n}\n`,
      );
      const args = [join(ROOT, "node_modules/@biomejs/biome/bin/biome"), "lint", `--config-path=${ROOT}`, "lib/sample.ts"];
      const done = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      return `${done.status} ${done.stdout}${done.stderr}`;
    };
    expect(lint(51)).toMatch(/^1 .*noExcessiveLinesPerFunction/s);
    expect(lint(50)).toMatch(/^0 .*Checked 1 file/s);
    rmSync(folder, { recursive: true });
  });
});
