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
import { contained, type UserModule } from "./contained.ts";
import { admitPolicy, admittedPolicy, isPolicyPath } from "./policies/custom.ts";
import type { PolicyModule } from "./policies/policy.ts";

/** Reads the module behind a policy's name, where the name is a path; relative paths are of the working directory. */
export async function loadPolicy(name: string): Promise<void> {
  if (!isPolicyPath(name) || admittedPolicy(name) !== undefined) return;
  const path = resolve(name);
  if (!existsSync(path)) throw wrong(name, "there is no such file");
  admitPolicy(name, moduleOf(name, await imported(name, path)));
}

function wrong(name: string, why: string, cause?: unknown): AerostatError {
  return new AerostatError("AERO_E_INPUT", `policy ${name}: ${why}`, { cause });
}

async function imported(name: string, path: string): Promise<unknown> {
  try {
    if (!/\.m?ts$/.test(path) || readsTypeScript()) return await import(pathToFileURL(path).href);
    return await transpiled(name, path);
  } catch (cause) {
    if (cause instanceof AerostatError) throw cause;
    throw wrong(name, `can not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** From Node 22.18 on, unless it was switched off. */
function readsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

/** With the compiler that the checkout was built with; types are removed, not checked. */
async function transpiled(name: string, path: string): Promise<unknown> {
  const compiler = compilerPath();
  if (compiler === undefined) {
    throw wrong(
      name,
      `Node ${process.versions.node} reads no TypeScript and there is no compiler here; write it as .js, or use Node 22.18 or newer`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "aerostat-policy-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const how = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--rewriteRelativeImportExtensions"];
    const what = [path, "--ignoreConfig", "--noCheck", "--skipLibCheck", "--rootDir", dirname(path), "--outDir", folder];
    const done = spawnSync(process.execPath, [compiler, ...what, ...how], { encoding: "utf8" });
    const made = join(folder, basename(path).replace(/ts$/, "js"));
    if (!existsSync(made)) throw wrong(name, `is not TypeScript: ${done.stdout}${done.stderr}`.trim());
    return await import(pathToFileURL(made).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compilerPath(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  } catch {
    return undefined;
  }
}

function moduleOf(name: string, loaded: unknown): PolicyModule {
  const user = (loaded as { readonly default?: Partial<UserModule> } | undefined)?.default;
  if (typeof user?.create !== "function") {
    throw wrong(name, "its default export has no function `create(options, scenario)`; `aerostat policy-template` prints one that has");
  }
  const module = user as UserModule;
  return {
    name,
    summary: module.summary ?? "A policy of the user's own.",
    source: name,
    options: z.strictObject(
      Object.fromEntries(Object.entries(module.options ?? {}).map(([key, value]) => [key, fieldOf(name, key, value)])),
    ),
    create: (options, scenario) => contained(name, module, options as Readonly<Record<string, unknown>>, scenario),
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
