/** The services alone, as docker compose starts them: each knows only the bus and the run, and learns the rest there. */
import { type Command, Option } from "commander";
import { LOG_LEVELS } from "../lib/logging.ts";
import type { Io } from "./io.ts";
import { positive, wholeNumber, withBus, withScenario } from "./options.ts";
import type { Action } from "./program.ts";

export function addServices(program: Command, io: Io, act: Action): void {
  const guest = service(
    program,
    "guest",
    "Hosts one VM, or several: it registers with the conductor and is leased their identities.",
  ).option("--guests <n>", "VMs that this process hosts", wholeNumber(1, 20_000), 1);
  guest.action((options) => act(async () => (await import("./commands/service.ts")).guestService(options, io), false));

  const hypervisor = service(program, "hypervisor", "The host: ledger of machine memory, policy, host swap and the shared disk.");
  hypervisor.action((options) => act(async () => (await import("./commands/service.ts")).hypervisorService(options, io), false));

  const monitor = service(program, "monitor", "Aggregates and records the run; serves /metrics, /healthz and /api/state.")
    .option("--http <address>", "address of its HTTP server, as HOST:PORT; port 0 takes a free one", "127.0.0.1:8080")
    .option("--http-open", "let other machines read its pages without AEROSTAT_HTTP_TOKEN")
    .option("--out <dir>", "folder that gets the run's own folder (default: what the conductor says)");
  monitor.action((options) => act(async () => (await import("./commands/service.ts")).monitorService(options, io), false));

  const conductor = service(program, "conductor", "The experiment: who plays whom, the clock, the faults, start and end.")
    .argument("<scenario>", "scenario file (docs/scenario.md)")
    .addOption(new Option("--clock <clock>", "virtual: repeatable. wall: real time").choices(["virtual", "wall"]).default("wall"))
    .option("--speed <x>", "model seconds per second, on the wall clock (default: the scenario's)", positive)
    .option("--out <dir>", "folder that gets the run's own folder", "runs")
    .option("--wait <seconds>", "how long to wait for all processes to register; 0 for ever", wholeNumber(0, 86_400), 60)
    .option(
      "--begin-with <n>",
      "wall clock: guests with which the run begins; the others may come later, or never (default: all)",
      wholeNumber(1, 20_000),
    );
  withScenario(conductor).action((scenario: string, options) =>
    act(async () => (await import("./commands/service.ts")).conductorService(scenario, options, io), false),
  );
}

function service(program: Command, name: string, description: string): Command {
  const command = program.command(name).summary(`run the ${name} service alone`).description(description);
  return withBus(command).addOption(new Option("--log <level>", "least level of log lines on stderr").choices(LOG_LEVELS).default("info"));
}
