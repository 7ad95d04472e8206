#!/usr/bin/env node
/** Entry of the `aerostat` command. */
import { processIo } from "./io.ts";
import { runProgram } from "./program.ts";

/** How long what is still open may keep the process once the command is done: a NATS client that dials can not be told to stop. */
const GRACE_MS = 2_000;

process.exitCode = await runProgram(process.argv.slice(2), processIo());
setTimeout(() => process.exit(), GRACE_MS).unref();
