import type { Io, Out } from "../../cli/io.ts";
import { runProgram } from "../../cli/program.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process, as a pipe would see it. */
export async function aerostat(...words: string[]): Promise<Ran> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const pipe = (texts: string[]): Out => ({ isTTY: false, write: (text) => void texts.push(text) });
  const io: Io = { stdout: pipe(stdout), stderr: pipe(stderr), env: {} };
  const code = await runProgram(words, io);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}
