// Writes sbom.cdx.json: the packages that the product runs with, from the lock file, as CycloneDX (npm's own `npm sbom`).
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, root, runMain, say } from "./common.mjs";

/** `npm sbom` names a new serial number and the time of day: without them the same lock file gives the same bytes. */
export function repeatable(sbom) {
  const { serialNumber, ...rest } = sbom;
  const { timestamp, ...metadata } = rest.metadata;
  return { ...rest, metadata };
}

async function main() {
  const words = ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"];
  const text = execFileSync("npm", words, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const sbom = repeatable(JSON.parse(text));
  writeFileSync(join(root, "sbom.cdx.json"), `${JSON.stringify(sbom, null, 2)}\n`);
  say(`sbom.cdx.json: ${sbom.components.length} packages`);
}

if (isMain(import.meta.url)) await runMain(main);
