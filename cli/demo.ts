/** `aerostat demo`, which is `npm start`: plays a scenario with real processes on the wall clock, and shows it live. */

import { Command, CommanderError } from "commander";
import { AerostatError, EXIT_INTERRUPTED } from "../lib/errors.ts";
import { shellLine } from "../lib/shell.ts";
import { HTTP_TOKEN } from "../services/monitor/admission.ts";
import { askLine } from "./bus.ts";
import { type LabResult, playLab, type Where } from "./demo/lab.ts";
import { Show } from "./demo/show.ts";
import { EXIT_BAD_INPUT, EXIT_FAILED } from "./fail.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { loadChecked } from "./loading.ts";
import { outputTo, positive, withScenario } from "./options.ts";
import { commandOf } from "./run/play.ts";
import { summaryLines } from "./terminal/summary.ts";
import { terminalOf, wantsColour } from "./terminal/tty.ts";

interface DemoOptions {
  readonly scenario: string;
  readonly speed?: number;
  readonly out: string;
  readonly set: readonly string[];
  readonly seed?: number;
  readonly plain?: boolean;
  readonly tls?: boolean;
}

/** Returns the exit code. */
export async function demoCommand(words: readonly string[], io: Io): Promise<number> {
  const command = demoParser(io);
  try {
    command.parse([...words], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_BAD_INPUT;
    throw error;
  }
  return play(command.opts<DemoOptions>(), io);
}

function demoParser(io: Io): Command {
  const command = new Command("aerostat demo")
    .description(
      "Plays a scenario with one process per actor on the wall clock, with live progress. After npm start, put -- before options.",
    )
    .option("--scenario <file>", "scenario file", "scenarios/classic.yaml")
    .option("--speed <x>", "model seconds per second (default: the scenario's)", positive)
    .option("--out <dir>", "folder that gets the run's own folder", "runs")
    .option("--tls", "TLS between the processes, with a certificate made for this run")
    .option("--plain", "plain lines, on a terminal too")
    .helpOption("-h, --help", "print this help")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput(outputTo(io));
  return withScenario(command);
}

async function play(options: DemoOptions, io: Io): Promise<number> {
  const { scenario } = await loadChecked(options.scenario, { ...options, bus: "nats", clock: "wall" }, io);
  const terminal = options.plain ? undefined : terminalOf(process.stdout, io.env);
  const show = new Show({
    terminal,
    colour: wantsColour(process.stdout, io.env),
    write: (text) => io.stdout.write(text),
    token: io.env[HTTP_TOKEN] || undefined,
  });
  // What an interrupt says must not be said on the live view, which goes away with what is on it.
  const aside = (text: string): void => {
    show.close();
    io.stderr.write(text);
  };
  const interrupt = onInterrupt({ ...io, stderr: { ...io.stderr, write: aside } });
  const restore = (): void => show.close();
  process.once("exit", restore);
  show.say(
    `Starting a NATS server and ${scenario.guests.length + 2} processes: ${scenario.guests.length} VMs, the host and the monitor ...`,
  );
  try {
    const lab = await playLab({
      scenario,
      speed: scenario.speed,
      out: options.out,
      tls: options.tls,
      command: [...commandOf(options.scenario, { ...options, bus: "nats", clock: "wall" }, scenario)],
      signal: interrupt.signal,
      onStarted: (where) => started(where, show),
      onProgress: (progress) => show.progress(progress),
      onNotice: (text) => show.notice(text),
    });
    show.close();
    return report(lab, io);
  } finally {
    show.close();
    process.off("exit", restore);
    interrupt.release();
  }
}

function started(where: Where, show: Show): void {
  show.say(`page    ${where.pageUrl}`);
  show.say(askLine(where));
  show.follow(where.pageUrl);
}

function report({ result, error }: LabResult, io: Io): number {
  const { manifest, summary, reportPath } = result;
  const colour = io.stdout.isTTY && !io.env.NO_COLOR;
  const incomplete = manifest.complete ? [] : [`incomplete: ${manifest.reason}`];
  io.stdout.write(`\n${[...summaryLines(summary, colour), "", ...incomplete, `report  ${reportPath}`].join("\n")}\n`);
  if (error === undefined) return manifest.complete ? 0 : EXIT_INTERRUPTED;
  const code = error instanceof AerostatError ? `${error.code}: ` : "";
  io.stderr.write(`aerostat: ${code}${error instanceof Error ? error.message : String(error)}\n`);
  io.stderr.write(`to repeat it: ${shellLine(manifest.command)}\n`);
  return error instanceof AerostatError ? error.exitCode : EXIT_FAILED;
}
