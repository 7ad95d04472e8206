#!/usr/bin/env node
// The aerostat command of a checkout, as `npx aerostat` finds it: brings packages and build up to date, then runs it.
import { runMain } from "./common.mjs";
import { runProgram } from "./run.mjs";

await runMain(() => runProgram("cli/main.js", process.argv.slice(2), { nats: false }));
