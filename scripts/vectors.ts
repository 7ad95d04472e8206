/**
 * `npm run vectors -- DIR`: every case of every vector file in DIR against this project's policies.
 *
 * Prints per file `passed of total` and the first difference in full. Exit code 1 on any difference, on a file or
 * section that is not understood and on a folder without vector files; 2 on a folder that can not be read.
 */
import { checkFolder, type FileResult, isGood } from "./vectors/folder.ts";

function describe(result: FileResult): string {
  const lines = [`${result.file}: ${result.passed} of ${result.total}`];
  if (result.problem !== undefined) lines.push(`  ${result.problem}`);
  if (result.first !== undefined) {
    lines.push(`  first difference: ${result.first.name}`);
    for (const part of ["input", "expected", "ours"] as const) lines.push(`  ${part}: ${JSON.stringify(result.first[part])}`);
  }
  return lines.join("\n");
}

function main(folder: string | undefined): number {
  if (folder === undefined) {
    console.error("usage: npm run vectors -- DIR    (DIR holds vector files, as test/fixtures/policies does)");
    return 2;
  }
  let results: FileResult[];
  try {
    results = checkFolder(folder);
  } catch (error) {
    console.error(`can not read the folder ${folder}: ${(error as Error).message}`);
    return 2;
  }
  for (const result of results) console.log(describe(result));
  if (results.length === 0) console.error(`no .json file in ${folder}`);
  return results.length > 0 && results.every(isGood) ? 0 : 1;
}

process.exitCode = main(process.argv[2]);
