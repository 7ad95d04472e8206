/** Who imports whom. */
import { posix } from "node:path";
import { codeOf, type Source } from "./source.ts";

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path in the project; undefined for packages and Node modules. */
  readonly path: string | undefined;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

/** `import`, `export … from`, `import()` and `new URL("./x.ts", import.meta.url)`: all that makes another file part of the program. */
const STATEMENT = /(?:\b(?:import|export)\s+(type\s)?[^;"'()]*?\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["'`]([^"'`]+)["'`]/g;

export function importsOf(source: Source): Import[] {
  return [...codeOf(source.text, true).matchAll(STATEMENT)].map((match) => {
    const specifier = match[2] as string;
    return { specifier, path: pathOf(source, specifier), typeOnly: match[1] !== undefined };
  });
}

/** A program that is started by its name in the build is the source of that name. */
function pathOf(source: Source, specifier: string): string | undefined {
  if (!specifier.startsWith(".") || !/\.\w+$/.test(specifier)) return undefined;
  return posix
    .join(posix.dirname(source.path), specifier)
    .replace(/^dist\//, "")
    .replace(/\.js$/, ".ts");
}

/** Paths reachable from `roots` through imports; with `runtimeOnly`, through those that remain at run time. */
export function reachable(sources: readonly Source[], roots: readonly string[], runtimeOnly = false): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = byPath.get(path);
    if (source === undefined || seen.has(path)) continue;
    seen.add(path);
    for (const next of importsOf(source)) if (next.path !== undefined && !(runtimeOnly && next.typeOnly)) open.push(next.path);
  }
  return seen;
}

/** The layer that a file is of: services are layers beside one another. */
function layerOf(path: string): string {
  const [top, second] = path.split("/");
  return top === "services" ? `services/${second}` : (top as string);
}

/** Programs beside the product: they may use all of it, and nothing of it uses them. */
const BESIDE = new Set(["test", "bench", "scripts"]);

/** `cli -> validate -> services -> lib`; no service imports another; nothing imports tests, benches or scripts. */
export function directionProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ path }) => path !== undefined && !mayImport(layerOf(source.path), layerOf(path)))
      .map(
        ({ path }) =>
          `${source.path} imports ${path}: imports go cli -> services -> lib, and no service imports another. Move what both need to lib/.`,
      ),
  );
}

function mayImport(from: string, to: string): boolean {
  if (from === to || BESIDE.has(from)) return true;
  if (from === "cli" && to === "validate") return true;
  if (from === "cli" || from === "validate") return to.startsWith("services/") || to === "lib";
  return from.startsWith("services/") && to === "lib";
}
