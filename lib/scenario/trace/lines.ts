/** Lines of a trace file as a stream: a file of any length in constant memory, gzip or plain. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AerostatError } from "../../errors.ts";

const MAX_LINE_LENGTH = 65_536;

/** Batches of whole lines, without their ends. */
export async function* linesOf(file: string): AsyncGenerator<string[]> {
  let rest = "";
  let line = 1;
  try {
    for await (const chunk of textOf(file)) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() as string;
      line += lines.length;
      if (rest.length > MAX_LINE_LENGTH) throw traceError(file, line, 1, `the line is longer than ${MAX_LINE_LENGTH} characters`);
      if (lines.length > 0) yield lines;
    }
  } catch (cause) {
    if (cause instanceof AerostatError) throw cause;
    throw new AerostatError("AERO_E_TRACE", `${file}:${line}: can not be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (rest !== "") yield [rest];
}

export function traceError(file: string, line: number, column: number, message: string): AerostatError {
  return new AerostatError("AERO_E_TRACE", `${file}:${line}:${column}: ${message}`);
}

function textOf(file: string): Readable {
  const raw = createReadStream(file);
  if (!file.endsWith(".gz")) return raw.setEncoding("utf8");
  const plain = createGunzip();
  raw.on("error", (error) => plain.destroy(error));
  raw.pipe(plain);
  return plain.setEncoding("utf8");
}
