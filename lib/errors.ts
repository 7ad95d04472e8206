/**
 * Every error that a user can meet, with its stable code. docs/errors.md lists them all, and a test holds the two together.
 *
 * A message says what is wrong, where (file, path, value), and what would be right.
 */

export const CODES = {
  AERO_E_INPUT: "A file, option or value given by the user is wrong.",
  AERO_E_SCENARIO: "A scenario does not fit its schema.",
  AERO_E_TRACE: "A trace file can not be read as the scenario says.",
  AERO_E_NATS: "No NATS server can be found, started or reached.",
  AERO_E_VERSION: "A process speaks another version of the contract.",
  AERO_E_REGISTER: "A process was refused by the conductor.",
  AERO_E_SILENT: "A process that the run needs is not heard of any more.",
  AERO_E_INVARIANT: "An invariant of the model was broken.",
  AERO_E_ACTOR: "An actor failed.",
  AERO_E_DIGEST: "Two runs that must be equal differ.",
  AERO_E_RESULTS: "Results can not be written or read.",
} as const;

export type ErrorCode = keyof typeof CODES;

/** Exit code of a command that a signal ended before its time: as a shell tells of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** A command's user ended it before it had anything to tell: no error, and no code but EXIT_INTERRUPTED. */
export class Interrupted extends Error {}

export class AerostatError extends Error {
  readonly code: ErrorCode;
  /** Exit code of the command that ends with this error: 2 for bad input, else 1. */
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AerostatError";
    this.code = code;
    const badInput = code === "AERO_E_INPUT" || code === "AERO_E_SCENARIO" || code === "AERO_E_TRACE";
    this.exitCode = badInput ? 2 : 1;
  }
}

/** Thrown by an actor's audit(): names the invariant (docs/architecture.md) and the figures that break it. */
export class InvariantViolation extends AerostatError {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super("AERO_E_INVARIANT", `invariant "${invariant}" broken: ${detail}`);
    this.name = "InvariantViolation";
    this.invariant = invariant;
  }
}

/** An assertion that stays on in production. Its text is made only where it fails: that costs more than what is asserted. */
export function assert(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new AerostatError("AERO_E_ACTOR", `assertion failed: ${message()}`);
}
