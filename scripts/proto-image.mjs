// Accepts the wire contract as it is now: `npm run check` compares later changes with this image.
import { runMain, runTool } from "./common.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  await setup({ nats: false });
  runTool("@bufbuild/buf/bin/buf", ["build", "--exclude-source-info", "-o", "proto/image/aerostat.binpb"], "proto/ does not compile.");
});
