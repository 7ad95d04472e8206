/** Writes the documentation that is made from the code; with --check, only says whether it is current. */
import { readFileSync, writeFileSync } from "node:fs";
import { commandReference } from "./docs/commands.ts";
import { scenarioReference } from "./docs/scenario.ts";

const PAGES: Readonly<Record<string, () => string>> = {
  "docs/commands.md": commandReference,
  "docs/scenario.md": scenarioReference,
};

const check = process.argv.includes("--check");
for (const [page, make] of Object.entries(PAGES)) {
  const text = make();
  if (!check) writeFileSync(page, text);
  else if (readFileSync(page, "utf8") !== text) {
    process.stderr.write(`${page} is not current: run npm run docs\n`);
    process.exitCode = 1;
  }
}
