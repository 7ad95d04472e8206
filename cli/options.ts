/** Options that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import type { Io } from "./io.ts";

/** Where commander writes, and how it tells of what it does not understand: as every other error (docs/errors.md). */
export function outputTo(io: Io): OutputConfiguration {
  return {
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, "aerostat: AERO_E_INPUT: ")),
  };
}

/** Of an option that can be given several times: its values so far, and one more. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function setOption(description: string): Option {
  return new Option("--set <path=value>", `${description} (repeatable)`).argParser(collect).default([], "none");
}

export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max)
      throw new InvalidArgumentError(`Allowed: a whole number from ${min} to ${max}.`);
    return number;
  };
}

export function positive(value: string): number {
  const number = Number(value);
  if (!(number >= 0.001 && number <= 100_000)) throw new InvalidArgumentError("Allowed: a number from 0.001 to 100000.");
  return number;
}

/** A share below one half, as a scenario writes it: 0.05 or 5%. */
export function shareOption(value: string): number {
  const share = value.endsWith("%") ? Number(value.slice(0, -1)) / 100 : Number(value);
  if (!/^[\d.]+%?$/.test(value) || !(share >= 0 && share < 0.5))
    throw new InvalidArgumentError("Allowed: from 0 to below 0.5, or 0% to 50%.");
  return share;
}

/** Seed, speed and overrides of a scenario. */
export function withScenario(command: Command): Command {
  return command
    .addOption(setOption("override a field of the scenario, such as host.memory=16GiB or guests.web.count=4"))
    .option("--seed <n>", "seed of every random stream (default: the scenario's)", wholeNumber(0, 4_294_967_295));
}

export function withJson(command: Command): Command {
  return command.option("--json", "print one JSON object on standard output");
}

/** How a service or a question finds its run. */
export function withBus(command: Command): Command {
  return command
    .option("--nats <url>", "NATS server (default: AEROSTAT_NATS_URL, else nats://127.0.0.1:4222)")
    .option("--keys <dir>", "folder of keys, as `aerostat keys` makes it (default: AEROSTAT_NATS_KEYS, else none)")
    .option("--run <id>", "the run's id (default: AEROSTAT_RUN, else main)");
}
