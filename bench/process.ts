/** A process that hosts toy actors (bench/toy.ts), with the command line of the services: for benches and tests with real processes. */
import { parseArgs } from "node:util";
import { natsOptionsOf } from "../lib/bus/nats.ts";
import { runService } from "../lib/federate/service.ts";
import type { LogLevel } from "../lib/logging.ts";
import { TOY_VERSION, toyCast } from "./toy.ts";

const word = { type: "string" } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { nats: word, run: word, log: word, guests: word } });
const { nats = "", run = "", log = "warn", guests = "1" } = values;

await runService(
  { run, nats: natsOptionsOf(nats), version: TOY_VERSION, logLevel: log as LogLevel },
  {
    role: positionals[0] as "guest" | "hypervisor" | "monitor",
    capacity: Number(guests),
    open: ({ scenario }) => ({ cast: toyCast(scenario) }),
  },
).catch(() => {
  process.exitCode = 1;
});
