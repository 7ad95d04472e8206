/** The version of this build. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** From the package.json above this file, which is at another depth in the build than in the sources. */
export function version(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (existsSync(path)) return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
    if (dirname(folder) === folder) return "0.0.0";
  }
}
