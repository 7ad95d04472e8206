// The container's first process: takes the bus' password from its file, so that no secret is an argument or in `docker inspect`,
// and becomes the aerostat command, in this very process, so that signals reach it.
import { existsSync, readFileSync } from "node:fs";

const file = process.env.AEROSTAT_NATS_PASS_FILE;
if (file && !process.env.AEROSTAT_NATS_PASS && existsSync(file)) process.env.AEROSTAT_NATS_PASS = readFileSync(file, "utf8");

const main = new URL("../../dist/cli/main.js", import.meta.url);
process.argv[1] = main.pathname;
await import(main.href);
