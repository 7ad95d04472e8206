/** A process that hosts toy actors (bench/toy.ts), with the command line of the services: for benches and tests with real processes. */
import { parseArgs } from "node:util";
import { accessOf, KEYS_FOLDER } from "../lib/bus/access.ts";
import { NATS_URL } from "../lib/bus/url.ts";
import { runService } from "../lib/federate/service.ts";
import type { LogLevel } from "../lib/logging.ts";
import { TOY_VERSION, toyCast } from "./toy.ts";

const word = { type: "string" } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { run: word, log: word, guests: word } });
const { run = "", log = "warn", guests = "1" } = values;

const role = positionals[0] as "guest" | "hypervisor" | "monitor";

await runService(
  {
    run,
    nats: accessOf(role, { url: process.env[NATS_URL] ?? "", keys: process.env[KEYS_FOLDER] || undefined }),
    version: TOY_VERSION,
    logLevel: log as LogLevel,
  },
  {
    role,
    capacity: Number(guests),
    open: ({ scenario }) => ({ cast: toyCast(scenario) }),
  },
).catch(() => {
  process.exitCode = 1;
});
