#!/usr/bin/env node
/** Entry of the `aerostat` command. */
import { onEarlyInterrupt } from "./interrupt.ts";
import { processIo } from "./io.ts";

/** How long what is still open may keep the process once the command is done: a NATS client that dials can not be told to stop. */
const GRACE_MS = 2_000;

const words = process.argv.slice(2);
const io = processIo();
onEarlyInterrupt(words, io);
// Loaded after that: it takes long enough for a Ctrl-C.
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(words, io);
setTimeout(() => process.exit(), GRACE_MS).unref();
