/** Where the project's own files are, from the sources and from dist/ alike. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AerostatError } from "../lib/errors.ts";

/** The folder that holds package.json, upwards of this file. */
export function projectRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new AerostatError("AERO_E_INPUT", "validate reads its references beside package.json, and finds none");
  }
}
