/**
 * `npm run bench`: runs every benchmark, or the named ones, and prints one table. `--write` puts it into
 * docs/benchmarks.md, so that no figure there is typed by hand; `--sizes` measures tested sizes instead, and puts them into the README.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { type Measurement, renderTable } from "./measure.ts";

const BENCHES: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  phold: async () => (await import("./phold.ts")).phold(),
  model: async () => (await import("./model.ts")).model(),
  step: async () => (await import("./step.ts")).step(),
  windows: async () => (await import("./windows.ts")).windows(),
};

if (process.argv.includes("--sizes")) {
  await measureSizes();
  process.exit();
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const write = process.argv.includes("--write");

for (const name of names) {
  if (BENCHES[name] === undefined) {
    process.stderr.write(`No benchmark "${name}". There are: ${Object.keys(BENCHES).join(", ")}.\n`);
    process.exit(2);
  }
}

const measurements: Measurement[] = [];
for (const [name, run] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  process.stderr.write(`bench ${name} ...\n`);
  measurements.push(...(await run()));
}

const table = renderTable(measurements);
process.stdout.write(`${table}\n`);
if (write) {
  const machine = `Node ${process.version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const text = `# Benchmarks\n\nMade by \`npm run bench -- --write\` on ${machine}. Ratios travel better than figures.\n\n${table}\n`;
  writeFileSync(new URL("../../docs/benchmarks.md", import.meta.url), text);
}

async function measureSizes(): Promise<void> {
  const { sizes, sizesTable } = await import("./sizes.ts");
  const table = sizesTable(await sizes());
  process.stdout.write(`${table}\n`);
  const readme = new URL("../../README.md", import.meta.url);
  const [begin, end] = ["<!-- sizes: npm run bench -- --sizes -->\n", "<!-- /sizes -->"];
  const text = readFileSync(readme, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error("README.md has no place for the table of sizes");
  writeFileSync(readme, `${text.slice(0, before)}${begin}${table}\n${text.slice(after)}`);
}
