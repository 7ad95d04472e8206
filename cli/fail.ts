/** How a command ends with an error: its sentence on stderr, its code on stdout with --json, and an exit code. */
import { AerostatError, EXIT_INTERRUPTED, Interrupted, InvariantViolation } from "../lib/errors.ts";
import { type Io, writeJson } from "./io.ts";

export const EXIT_FAILED = 1;
export const EXIT_BAD_INPUT = 2;

/** Returns the exit code. */
export function fail(error: unknown, io: Io, json: boolean): number {
  if (error instanceof Interrupted) {
    io.stderr.write(`aerostat: ${error.message}\n`);
    if (json) writeJson(io, { complete: false, reason: error.message });
    return EXIT_INTERRUPTED;
  }
  if (!(error instanceof AerostatError)) {
    io.stderr.write(
      `aerostat: an error that should not happen; please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    if (json) writeJson(io, { error: { code: "AERO_E_ACTOR", message: String(error) } });
    return EXIT_FAILED;
  }
  io.stderr.write(`aerostat: ${error.code}: ${error.message}\n`);
  if (json) writeJson(io, { error: { code: error.code, message: error.message, ...invariantOf(error) } });
  return error.exitCode;
}

/** The invariant that an error is about, however often it was wrapped on its way. */
export function invariantOf(error: unknown): { readonly invariant?: string } {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof InvariantViolation) return { invariant: cause.invariant };
  }
  return {};
}
