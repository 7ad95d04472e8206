// Sets the project up and runs one of its built programs in this process: node scripts/run.mjs [--no-nats] PROGRAM [ARGUMENT ...]
// In this process, so that Ctrl-C and kill reach the program and nobody between.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runMain } from "./common.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  const args = process.argv.slice(2);
  const nats = args[0] !== "--no-nats";
  if (!nats) args.shift();
  await setup({ nats });
  const program = join(root, "dist", args[0]);
  process.argv = [process.argv[0], program, ...args.slice(1)];
  await import(pathToFileURL(program).href);
});
