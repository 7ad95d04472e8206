/** What the laboratory's own log has that its user should know at once. */
import { writeSync } from "node:fs";
import type { LogSink } from "../../lib/logging.ts";

const WARNING = 40;

/** Writes log lines to a file, and tells of those that are warnings or worse. */
export function noticing(file: number, onNotice: (text: string) => void): LogSink {
  return {
    write: (line) => {
      writeSync(file, line);
      const entry = JSON.parse(line) as { level: number; msg: string; role?: string; why?: string };
      if (entry.level < WARNING) return;
      onNotice([entry.role, entry.msg, entry.why].filter((part) => part !== undefined).join(", "));
    },
  };
}
