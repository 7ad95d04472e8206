/** Reads a policy of the user's own: a module by path, JavaScript or TypeScript (docs/policies.md). */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { AerostatError } from "../../lib/errors.ts";
import { decimal, flag, text, withDefault } from "../../lib/scenario/schema/field.ts";
import { contained } from "./contained.ts";
import { admitPolicy, admittedPolicy, isPolicyPath } from "./policies/custom.ts";
import type { PolicyModule } from "./policies/policy.ts";
import { PolicyThread } from "./policythread.ts";
import type { Described } from "./policyworker.ts";

/** A thread starts, and a module of any size is read. */
const LOAD_LIMIT_MS = 20_000;

interface Opened {
  readonly thread: PolicyThread;
  readonly described: Described;
}

/** Reads the module behind a policy's name, where the name is a path; relative paths are of the working directory. */
export function loadPolicy(name: string): void {
  if (!isPolicyPath(name) || admittedPolicy(name) !== undefined) return;
  const path = resolve(name);
  if (!existsSync(path)) throw wrong(name, "there is no such file");
  const { thread, described } = opened(name, path);
  thread.end();
  admitPolicy(name, moduleOf(name, path, described));
}

function wrong(name: string, why: string, cause?: unknown): AerostatError {
  return new AerostatError("AERO_E_INPUT", `policy ${name}: ${why}`, { cause });
}

/** The module in a thread of its own. */
function opened(name: string, path: string): Opened {
  if (!/\.m?ts$/.test(path) || readsTypeScript()) return openedAt(name, path);
  const folder = mkdtempSync(join(tmpdir(), "aerostat-policy-"));
  try {
    return openedAt(name, transpiled(name, path, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openedAt(name: string, path: string): Opened {
  const thread = new PolicyThread();
  try {
    return { thread, described: thread.ask({ what: "load", url: pathToFileURL(path).href }, LOAD_LIMIT_MS) as Described };
  } catch (cause) {
    thread.end();
    throw wrong(name, `can not be loaded: ${(cause as Error).message}`, cause);
  }
}

/** From Node 22.18 on, unless it was switched off. */
function readsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

/** With the compiler that the checkout was built with; types are removed, not checked. */
function transpiled(name: string, path: string, folder: string): string {
  const compiler = compilerPath();
  if (compiler === undefined) {
    throw wrong(
      name,
      `Node ${process.versions.node} reads no TypeScript and there is no compiler here; write it as .js, or use Node 22.18 or newer`,
    );
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const how = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--rewriteRelativeImportExtensions"];
  const what = [path, "--ignoreConfig", "--noCheck", "--skipLibCheck", "--rootDir", dirname(path), "--outDir", folder];
  const done = spawnSync(process.execPath, [compiler, ...what, ...how], { encoding: "utf8" });
  const made = join(folder, basename(path).replace(/ts$/, "js"));
  if (!existsSync(made)) throw wrong(name, `is not TypeScript: ${done.stdout}${done.stderr}`.trim());
  return made;
}

function compilerPath(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  } catch {
    return undefined;
  }
}

function moduleOf(name: string, path: string, { creates, unheard, summary, options = {} }: Described): PolicyModule {
  if (!creates) {
    throw wrong(name, "its default export has no function `create(options, scenario)`; `aerostat policy-template` prints one that has");
  }
  if (unheard.length > 0) {
    throw wrong(
      name,
      `its default export has ${unheard.join(", ")}: only Aerostat's own policies have that; allowed: summary, options, create. ` +
        "What a policy needs of the guests is written in the scenario, such as `driver: { freePageReporting: true }`",
    );
  }
  return {
    name,
    summary: summary ?? "A policy of the user's own.",
    source: name,
    options: z.strictObject(Object.fromEntries(Object.entries(options).map(([key, value]) => [key, fieldOf(name, key, value)]))),
    create: (chosen, scenario) => contained(name, () => opened(name, path).thread, chosen as Readonly<Record<string, unknown>>, scenario),
  };
}

/** A parameter's default says of what kind it is. */
function fieldOf(name: string, key: string, fallback: unknown) {
  const about = "A parameter of the user's own policy.";
  if (typeof fallback === "number") return withDefault(decimal(-1e15, 1e15), fallback, about);
  if (typeof fallback === "boolean") return withDefault(flag, fallback, about);
  if (typeof fallback === "string") return withDefault(text(1000), fallback, about);
  throw wrong(name, `the default of option "${key}" is not a number, a text or a flag`);
}
