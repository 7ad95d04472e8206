/** What the documents say is so: every command runs, every link leads somewhere. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { commandsOf, RULES, ruleOf } from "./commands.ts";

const pages = ["README.md", ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md"),
);
const textOf = (page: string): string => readFileSync(join(root, page), "utf8");
const commands = pages.flatMap((page) => commandsOf(page, textOf(page)));
const out = mkdtempSync(join(tmpdir(), "aerostat-docs-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test("commands are found, put together where they go on", () => {
  expect(commandsOf("x.md", "```sh\n# why\na b \\\n  c\nd\n```\n```yaml\ne\n```\n```sh\nf\n```")).toEqual([
    { file: "x.md", line: 3, text: "a b c" },
    { file: "x.md", line: 5, text: "d" },
    { file: "x.md", line: 11, text: "f" },
  ]);
  expect(commands.map(({ text }) => text)).toEqual(expect.arrayContaining(["npm start", "npm test"]));
});

test("every command has a rule, and every rule a command", () => {
  expect(commands.filter(({ text }) => ruleOf(text) === undefined)).toEqual([]);
  expect(RULES.filter((rule) => !commands.some(({ text }) => ruleOf(text) === rule)).map(({ command }) => command)).toEqual([]);
});

describe("runs as written", () => {
  const runnable = commands.flatMap(({ file, line, text }) => {
    const rule = ruleOf(text);
    if (rule === undefined || "not" in rule) return [];
    return [{ name: `${file}:${line} ${text}`, command: rule.run?.(text) ?? text }];
  });
  test.each(runnable)("$name", ({ command }) => {
    const words = command.includes("aerostat run") || command.startsWith("npm start") ? `${command} --out ${out}` : command;
    const done = spawnSync("sh", ["-c", words], { cwd: root, encoding: "utf8" });
    expect(done.status, `${words}\n${done.stdout}${done.stderr}`).toBe(0);
  });
});

describe("leads somewhere", () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => ({ page, link: match[1] as string })),
  );
  test.each(links)("$page: $link", ({ page, link }) => {
    expect(existsSync(join(root, dirname(page), link))).toBe(true);
  });
});

test("the README tells of every page", () => {
  const readme = textOf("README.md");
  const missing = pages.filter((page) => page.startsWith("docs/") && !page.startsWith("docs/decisions/") && !readme.includes(`(${page})`));
  expect(missing).toEqual([]);
});

test("decisions are numbered without a hole, and say what was rejected", () => {
  const decisions = pages.filter((page) => page.startsWith("docs/decisions/")).sort();
  expect(decisions.map((page) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(page)?.[1]))).toEqual(decisions.map((_, index) => index + 1));
  for (const page of decisions) expect(textOf(page), page).toContain("**Rejected.**");
});
