/** Ctrl-C and kill: the first one ends the run in good order, a second one at once. */
import { EXIT_INTERRUPTED, Interrupted } from "../lib/errors.ts";
import { fail } from "./fail.ts";
import type { Io } from "./io.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** One Ctrl-C can come twice: from the terminal, and passed on by npm. */
const SAME_MS = 500;

/** Before a command listens for itself it has nothing to keep: it ends, and says so where an answer is promised. */
let early: (() => void) | undefined;

export function onEarlyInterrupt(words: readonly string[], io: Io): void {
  if (!words.includes("--json")) return;
  early = () => {
    io.stderr.write("\n");
    process.exit(fail(new Interrupted("it was interrupted before it began"), io, true));
  };
  for (const name of SIGNALS) process.once(name, early);
}

export function onInterrupt(io: Io): Interrupt {
  if (early !== undefined) for (const name of SIGNALS) process.off(name, early);
  const controller = new AbortController();
  let firstMs = 0;
  const handler = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstMs < SAME_MS) return;
      process.exit(EXIT_INTERRUPTED);
    }
    firstMs = performance.now();
    io.stderr.write("\nstopping; what was recorded is kept. Once more ends at once.\n");
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, handler);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, handler);
    },
  };
}
