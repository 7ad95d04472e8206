/** `aerostat validate`: the model beside its references. */
import { type Command, Option } from "commander";
import type { Io } from "./io.ts";
import { collect } from "./options.ts";
import type { Action } from "./program.ts";

interface Words {
  readonly only: readonly string[];
  readonly json?: string;
  readonly document?: string;
  readonly realGuest?: string;
  readonly traces?: string;
  readonly fit?: boolean;
}

export function addValidate(program: Command, io: Io, act: Action): void {
  program
    .command("validate")
    .summary("compare the model with its references")
    .description(
      "Runs every comparison of docs/validation.md again: exact simulations, closed forms, published measurements, real Linux guests. " +
        "Exit code 1 when a row is missed.",
    )
    .addOption(
      new Option("--only <group>", "only this group of rows; writes no document unless --document says where (repeatable)")
        .argParser(collect)
        .default([], "all groups"),
    )
    .option("--json <file>", "write the rows as JSON")
    .option("--document <file>", "Markdown file to write, its plots in a folder beside it (default: docs/validation.md)")
    .option("--real-guest <dir>", "folder of real-guest experiments (default: the few in test/fixtures)")
    .option("--traces <path>", "the Bitbrains sample; without it its rows are left out")
    .option("--fit", "search the parameters of the real-guest replay again, on its fitted half, and print them")
    .action((words: Words) =>
      act(async () => {
        const { validate } = await import("../validate/command.ts");
        return validate(words, { out: (text) => io.stdout.write(text), progress: (line) => io.stderr.write(`${line}\n`) });
      }, false),
    );
}
