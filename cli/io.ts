/** What a command may use of the outside: two streams. Tests give their own. */

export interface Out {
  readonly isTTY: boolean;
  write(text: string): void;
}

export interface Io {
  /** Results. */
  readonly stdout: Out;
  /** Progress, notes and errors. */
  readonly stderr: Out;
  readonly env: NodeJS.ProcessEnv;
}

export function processIo(): Io {
  return { stdout: outOf(process.stdout), stderr: outOf(process.stderr), env: process.env };
}

function outOf(stream: NodeJS.WriteStream): Out {
  // A reader that has gone away, such as `| head`, ends no run.
  stream.on("error", () => undefined);
  return { isTTY: stream.isTTY === true, write: (text) => void stream.write(text) };
}

/** Writes one JSON object: the whole of standard output with --json. */
export function writeJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`);
}
