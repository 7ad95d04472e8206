// Sets the project up and runs one of its built programs: node scripts/run.mjs [--no-nats] PROGRAM [ARGUMENT ...]
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMain, root, runMain } from "./common.mjs";
import { setup } from "./setup.mjs";

/** In this process, so that Ctrl-C and kill reach the program and nobody between. */
export async function runProgram(name, args, needs) {
  await setup(needs);
  const program = join(root, "dist", name);
  process.argv = [process.argv[0], program, ...args];
  await import(pathToFileURL(program).href);
}

async function main() {
  const args = process.argv.slice(2);
  const nats = args[0] !== "--no-nats";
  if (!nats) args.shift();
  await runProgram(args[0], args.slice(1), { nats });
}

if (isMain(import.meta.url)) await runMain(main);
