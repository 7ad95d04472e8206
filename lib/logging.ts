/** Structured logs: one JSON object a line on stderr, so that stdout stays the user's. */
import pino, { type Logger } from "pino";

export type { Logger } from "pino";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes one line of JSON with its newline. */
export type LogSink = { write(line: string): void };

/** `name`: which service speaks. Written at once, to stderr by default: a process that is killed has said what it had to say. */
export function createLogger(name: string, level: LogLevel = "info", sink: LogSink = pino.destination({ fd: 2, sync: true })): Logger {
  return pino({ name, level, base: { name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, sink);
}
