// The quality gates beside the tests: format and lint, the wire contract's lint and compatibility, types.
import { runMain, runTool, say } from "./common.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  await setup({ nats: false });
  say("biome: format and lint");
  runTool(
    "@biomejs/biome/bin/biome",
    ["check", "--error-on-warnings", "."],
    "The code is not as biome.json asks. `npx biome check --write .` mends most of it.",
  );
  say("buf: lint, breaking changes");
  runTool("@bufbuild/buf/bin/buf", ["lint"], "proto/ breaks a rule of buf.yaml.");
  runTool(
    "@bufbuild/buf/bin/buf",
    ["breaking", "--against", "proto/image/aerostat.binpb"],
    "proto/ breaks processes of the last accepted contract. Raise CONTRACT in lib/wire/messages.ts and run `npm run proto:accept`.",
  );
  say("docs: made from the code as it is");
  runTool("../dist/scripts/docs.js", ["--check"], "A page of docs/ is not what the code says.");
  say("tsc: types of sources and tests");
  runTool("typescript/bin/tsc", ["-p", ".", "--noEmit"], "The types do not fit.");
});
