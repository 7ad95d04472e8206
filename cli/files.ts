/** Commands that read or make files, and run nothing: keys, scenarios, traces, policies. */
import { type Command, Option } from "commander";
import { KEY_ROLES } from "../lib/keys/permissions.ts";
import type { Io } from "./io.ts";
import { collect, setOption, withJson, withScenario } from "./options.ts";
import type { Action } from "./program.ts";

export function addFiles(program: Command, io: Io, act: Action): void {
  addKeys(program, io, act);
  const scenario = program
    .command("scenario")
    .summary("check a scenario file")
    .description("Checks a scenario and prints it as the actors would get it, in pages and nanoseconds.")
    .argument("<scenario>", "scenario file (docs/scenario.md)");
  withJson(withScenario(scenario)).action((file: string, options) =>
    act(async () => (await import("./commands/scenario.ts")).scenarioCommand(file, options, io), options.json === true),
  );
  const trace = program
    .command("trace")
    .summary("say what a recording of real VMs tells about overcommit")
    .description(
      "Reads a trace (CSV, CSV.gz, or GWA-T-12 files of Bitbrains) and prints how much of what was promised is ever in use at once.",
    )
    .argument("<trace>", "trace file, or directory with one file per VM")
    .addOption(setOption("a field of `trace` in a scenario, such as columns.used=mem_kb"));
  withJson(trace).action((file: string, options) =>
    act(async () => (await import("./commands/trace.ts")).traceCommand(file, options, io), options.json === true),
  );
  const policies = program
    .command("policies")
    .summary("list the reclamation policies")
    .description("Lists the reclamation policies with their parameters.");
  withJson(policies).action((options) =>
    act(async () => (await import("./commands/policies.ts")).policiesCommand(options, io), options.json === true),
  );
  program
    .command("policy-template")
    .summary("print a policy of your own, to begin with")
    .description("Prints a policy in TypeScript: npx aerostat policy-template > mine.ts, then run with --set host.policy=./mine.ts.")
    .action(() => act(async () => (await import("./commands/policy-template.ts")).policyTemplateCommand(io), false));
}

function addKeys(program: Command, io: Io, act: Action): void {
  const keys = program
    .command("keys")
    .summary("make keys for a NATS server and its clients")
    .description(
      "Makes a folder of keys: a configuration for nats-server, and for each role what a process of it needs. With --tls also a " +
        "certification authority for development and the server's certificate. docs/security.md tells who may do what.",
    )
    .argument("<dir>", "folder that gets them")
    .option("--listen <address>", "where the server is to listen, as HOST:PORT", "127.0.0.1:4222")
    .addOption(new Option("--tls <host>", "TLS, for a server of that name or address (repeatable)").argParser(collect).default([], "none"))
    .addOption(
      new Option(
        "--cluster <address>",
        "a server of a cluster, as the others reach it: HOST:PORT (repeatable); they ask one another for a password",
      )
        .argParser(collect)
        .default([], "none"),
    )
    .option("--keep", "leave keys that are there already")
    .addOption(
      new Option("--renew <role>", "in a folder that has keys: a new one for that role, and the old one is void").choices(KEY_ROLES),
    )
    .option("--nats <url>", "with --renew: the server that runs, which is told so");
  keys.action((folder: string, options) => act(async () => (await import("./commands/keys.ts")).keysCommand(folder, options, io), false));
}
