/**
 * Faults done for real, on the wall clock, to the process that they are meant for. The first process of a container is immune to signals
 * that it sends to itself and has no handler for (pid_namespaces(7)): it aborts, and it stands still by waiting.
 */
import { spawn } from "node:child_process";

const isFirst = (): boolean => process.pid === 1;

/** As a kernel panic or a pulled plug: nothing is said, flushed or given back. */
export function crashProcess(): void {
  if (isFirst()) process.abort();
  process.kill(process.pid, "SIGKILL");
}

/** Stops the process for a time. A stopped process can not wake itself: a helper outside does. */
export function stopProcess(forMs: number): void {
  if (isFirst()) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
    return;
  }
  const helper = spawn("/bin/sh", ["-c", 'sleep "$0"; kill -CONT "$1"', (forMs / 1000).toFixed(3), String(process.pid)], {
    detached: true,
    stdio: "ignore",
  });
  helper.unref();
  helper.once("spawn", () => process.kill(process.pid, "SIGSTOP"));
}
