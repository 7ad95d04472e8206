/** The `aerostat` command: its subcommands, options and help. What a subcommand does is loaded when it is called. */
import { Command, CommanderError, Option } from "commander";
import { FAULT_NAMES } from "../lib/scenario/faultnames.ts";
import { EXIT_BAD_INPUT, fail } from "./fail.ts";
import { addFiles } from "./files.ts";
import { type Io, writeJson } from "./io.ts";
import { outputTo, positive, shareOption, wholeNumber, withBus, withJson, withScenario } from "./options.ts";
import { addServices } from "./services.ts";
import { addValidate } from "./validate.ts";
import { version } from "./version.ts";

const EXAMPLES = `
Examples:
  aerostat run scenarios/classic.yaml
  aerostat run scenarios/classic.yaml --set host.memory=24GiB --set host.policy=none
  aerostat run scenarios/trace.yaml --set trace=vms.csv.gz --json
  aerostat verify scenarios/small.yaml
  aerostat inject crash web-03 --for 5s
`;

/** Runs a subcommand; its exit code goes to `done`. */
export type Action = (work: () => number | Promise<number>, json: boolean) => Promise<void>;

/** Parses the words of a command line and runs them. Returns the exit code. */
export async function runProgram(words: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const act: Action = async (work, json) => {
    try {
      exitCode = await work();
    } catch (error) {
      exitCode = fail(error, io, json);
    }
  };
  const program = buildProgram(io, act);
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are answers; everything else that commander refuses is bad input.
    if (error.exitCode === 0) return 0;
    if (words.includes("--json")) writeJson(io, { error: { code: "AERO_E_INPUT", message: error.message.replace(/^error: /, "") } });
    return EXIT_BAD_INPUT;
  }
  return exitCode;
}

export function buildProgram(io: Io, act: Action): Command {
  const program = new Command("aerostat")
    .description("A laboratory for memory ballooning: a host that promises more memory than it has, and what comes of it.")
    .version(version(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(aerostat COMMAND --help tells more)")
    .exitOverride()
    .configureOutput(outputTo(io));
  addRun(program, io, act);
  addVerify(program, io, act);
  addCompare(program, io, act);
  addLive(program, io, act);
  addFiles(program, io, act);
  addValidate(program, io, act);
  addServices(program, io, act);
  return program;
}

function addRun(program: Command, io: Io, act: Action): void {
  const run = program
    .command("run")
    .summary("run a scenario and record it")
    .description("Runs a scenario, by default in virtual time in this process: as fast as it goes, the same digest every time.")
    .argument("<scenario>", "scenario file (docs/scenario.md)")
    .addOption(
      new Option("--bus <bus>", "memory: one process, no server. nats: a process per actor").choices(["memory", "nats"]).default("memory"),
    )
    .addOption(new Option("--clock <clock>", "virtual: repeatable. wall: real time").choices(["virtual", "wall"]).default("virtual"))
    .option("--guests-per-process <n>", "guests that one process hosts, with --bus nats", wholeNumber(1, 20_000), 1)
    .option("--speed <x>", "model seconds per second, on the wall clock (default: the scenario's)", positive)
    .option("--out <dir>", "folder that gets the run's own folder", "runs");
  withJson(withScenario(run)).action((scenario: string, options) =>
    act(async () => (await import("./commands/run.ts")).runCommand(scenario, options, io), options.json === true),
  );
}

function addVerify(program: Command, io: Io, act: Action): void {
  const verify = program
    .command("verify")
    .summary("prove that a scenario gives one digest in every form")
    .description(
      "Runs a scenario in one process, as one process per actor over NATS, with 4 guests per process, " +
        "and with the NATS server restarted in mid-run. " +
        "Compares the digests; where two differ, names the first event that does.",
    )
    .argument("<scenario>", "scenario file (docs/scenario.md)");
  withJson(withScenario(verify)).action((scenario: string, options) =>
    act(async () => (await import("./commands/verify.ts")).verifyCommand(scenario, options, io), options.json === true),
  );
}

function addCompare(program: Command, io: Io, act: Action): void {
  const compare = program
    .command("compare")
    .summary("run a scenario under several policies")
    .description(
      "Runs a scenario under each policy and seed in virtual time, prints one table, and writes it as page, Parquet and JSON. " +
        "docs/policies.md tells of the policies and shows such tables.",
    )
    .argument("<scenario>", "scenario file (docs/scenario.md)")
    .requiredOption(
      "--policy <names>",
      "policies, separated by commas, with parameters as in proxmox:goal=70:step=50MiB; aerostat policies lists them",
    )
    .option("--seeds <n>", "runs of each policy, with seeds that count up; two or more give confidence intervals", wholeNumber(1, 1000), 1)
    .option("--vary <share>", "how much the work differs between seeds, such as 5% (default: 5% with several seeds, else 0)", shareOption)
    .option("--threads <n>", "runs side by side (default: one a core)", wholeNumber(1, 1024))
    .option("--out <dir>", "folder that gets comparison.html, .parquet and .json (default: runs/<scenario>-comparison)");
  withJson(withScenario(compare)).action((scenario: string, options) =>
    act(async () => (await import("./commands/compare.ts")).compareCommand(scenario, options, io), options.json === true),
  );
}

function addLive(program: Command, io: Io, act: Action): void {
  const demo = program
    .command("demo")
    .summary("play the classic scenario with real processes (npm start)")
    .description(
      "Starts a NATS server if none is named, one process per actor, and plays a scenario on the wall clock with live progress. " +
        "aerostat demo --help lists its options.",
    );
  demo.allowUnknownOption().allowExcessArguments().helpOption(false);
  demo.action((_options, command: Command) => act(async () => (await import("./demo.ts")).demoCommand(command.args, io), false));
  const status = program
    .command("status")
    .summary("show a running system")
    .description("Asks the conductor of a running system: roster, versions, clock, and who waits for whom.");
  withJson(withBus(status)).action((options) =>
    act(async () => (await import("./commands/status.ts")).statusCommand(options, io), options.json === true),
  );
  const inject = program
    .command("inject")
    .summary("send a fault to a running system")
    .description("Sends a fault to a running system, in the grammar of a scenario's schedule (docs/faults.md).")
    .argument("<fault>", `one of ${FAULT_NAMES.join(", ")}`)
    .argument("<target>", 'a VM, "host" or "monitor"; for a link fault the sender')
    .option("--for <time>", "how long it lasts, such as 5s (default: until the end of the run)")
    .option("--peer <actor>", "link faults: the receiver (default: every receiver)")
    .option(
      "--amount <x>",
      "link-drop, link-duplicate: probability. disk-slow, driver-slow: factor on the time taken. driver-over-reporting, " +
        "driver-under-reporting: share of the memory",
    )
    .option("--delay <time>", "link-delay: extra latency, such as 150ms");
  withJson(withBus(inject)).action((fault: string, target: string, options) =>
    act(async () => (await import("./commands/inject.ts")).injectCommand(fault, target, options, io), options.json === true),
  );
}
